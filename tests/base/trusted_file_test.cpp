// SPDX-License-Identifier: Apache-2.0
#include "base/trusted_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

struct ReadTrusted : testing::Test {
  ReadTrusted() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-trust-XXXXXX";
    folder = mkdtemp(pattern.data());
    path = folder / "file";
    std::ofstream(path) << "text";
    ::chmod(path.c_str(), 0644);
  }
  ~ReadTrusted() override { std::filesystem::remove_all(folder); }
  std::string error() const {
    const auto text = read_trusted(path);
    return text ? "accepted" : text.error().message;
  }

  std::filesystem::path folder;
  std::string path;
};

TEST_F(ReadTrusted, FileOfTheUserIsRead) { EXPECT_THAT(*read_trusted(path), Optional(std::string("text"))); }

TEST_F(ReadTrusted, MissingFileGivesNothing) {
  EXPECT_EQ(*read_trusted(folder / "missing"), std::nullopt);
  EXPECT_EQ(*read_trusted(folder / "file/below"), std::nullopt);
}

TEST_F(ReadTrusted, FileThatOthersCanWriteIsRefused) {
  for (const mode_t mode : {0664, 0646}) {
    ::chmod(path.c_str(), mode);
    EXPECT_EQ(error(), path + ": can be written by other users; chmod go-w it if you trust it");
  }
}

TEST_F(ReadTrusted, FileOfAnotherUserThanRootIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(path.c_str(), 1, 1), 0);
  EXPECT_EQ(error(), path + ": belongs to another user; copy the file if you trust it");
}

TEST_F(ReadTrusted, DirectoryIsRefused) {
  path = folder;
  EXPECT_THAT(error(), HasSubstr("cannot be read: Is a directory"));
}

TEST_F(ReadTrusted, DeviceMayBeWritableForOthers) { EXPECT_THAT(*read_trusted("/dev/null"), Optional(std::string())); }

}  // namespace
}  // namespace sluice
