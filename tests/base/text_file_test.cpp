// SPDX-License-Identifier: Apache-2.0
#include "base/text_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

struct ReadTextFile : testing::Test {
  ReadTextFile() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-text-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  ~ReadTextFile() override { std::filesystem::remove_all(folder); }
  [[nodiscard]] std::string write(const std::string& text) const {
    std::ofstream(folder / "file", std::ios::binary) << text;
    return folder / "file";
  }
  std::filesystem::path folder;
};

TEST_F(ReadTextFile, WholeFileIsRead) {
  std::string big(200'000, 'x');
  big[70'000] = '\0';
  EXPECT_EQ(*read_text_file(write(big)), big);
  EXPECT_EQ(*read_text_file(write("")), "");
}

TEST_F(ReadTextFile, TextIsDecoded) {
  EXPECT_EQ(*read_text_file(write("\xEF\xBB\xBF"
                                  "a\r\nb")),
            "a\nb");
  EXPECT_EQ(*read_text_file(write("a\n\xEF\xBB\xBF"
                                  "b"),
                            TextDecoder::Marks::AtLines),
            "a\nb");
}

TEST_F(ReadTextFile, ErrorNamesThePathAndTheReason) {
  const std::string missing = folder / "missing";
  EXPECT_EQ(read_text_file(missing).error().message, "cannot read '" + missing + "': No such file or directory");
  EXPECT_EQ(read_text_file(folder).error().message, "cannot read '" + folder.string() + "': Is a directory");
}

}  // namespace
}  // namespace sluice
