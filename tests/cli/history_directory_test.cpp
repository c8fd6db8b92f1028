// SPDX-License-Identifier: Apache-2.0
#include "cli/history_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice::cli {
namespace {

using testing::HasSubstr;
using testing::Optional;

TEST(HistoryDirectory, StateDirectoryTakesPrecedenceOverHome) {
  EXPECT_THAT(history_directory({.state_home = "/s", .home = "/h"}), Optional(std::string("/s/sluice")));
}
TEST(HistoryDirectory, HomeHasTheDefaultPlace) {
  EXPECT_THAT(history_directory({.home = "/h"}), Optional(std::string("/h/.local/state/sluice")));
}
TEST(HistoryDirectory, RelativeAndEmptyStateDirectoriesAreIgnored) {
  for (const char* ignored : {"", "state", "./state"}) {
    EXPECT_THAT(history_directory({.state_home = ignored, .home = "/h"}),
                Optional(std::string("/h/.local/state/sluice")));
    EXPECT_EQ(history_directory({.state_home = ignored}), std::nullopt);
  }
}
TEST(HistoryDirectory, WithoutStateDirectoryAndHomeThereIsNone) {
  EXPECT_EQ(history_directory({}), std::nullopt);
  EXPECT_EQ(history_directory({.home = ""}), std::nullopt);
}
TEST(HistoryDirectory, UnderSudoTheDatabaseOfUsersDecides) {
  EXPECT_THAT(history_directory({.by_sudo = true, .state_home = "/s", .home = "/home/user", .root_home = "/root"}),
              Optional(std::string("/root/.local/state/sluice")));
  EXPECT_EQ(history_directory({.by_sudo = true, .state_home = "/s", .home = "/home/user"}), std::nullopt);
}

TEST(UserFacts, SudoCountsForRootOnly) {
  ::setenv("SUDO_UID", "1000", 1);
  const UserFacts facts = user_facts();
  ::unsetenv("SUDO_UID");
  EXPECT_EQ(facts.by_sudo, ::geteuid() == 0);
  EXPECT_EQ(facts.root_home.has_value(), facts.by_sudo);
  EXPECT_FALSE(user_facts().by_sudo);
}

struct HistoryPlace : testing::Test {
  HistoryPlace() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-place-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    path = folder / "state/sluice";
  }
  ~HistoryPlace() override { std::filesystem::remove_all(folder); }

  std::string error() const {
    const auto made = make_history_directory(path);
    return made ? "" : made.error().message;
  }
  static unsigned mode(const std::string& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
  }

  std::filesystem::path folder;
  std::string path;
};

TEST_F(HistoryPlace, MissingDirectoriesAreCreatedForTheirOwnerOnly) {
  EXPECT_EQ(error(), "");
  EXPECT_EQ(mode(folder / "state"), 0700u);
  EXPECT_EQ(mode(path), 0700u);
  EXPECT_EQ(error(), "");  // a second run
}
TEST_F(HistoryPlace, MissingDirectoryIsSafeAndNotCreatedByTheCheck) {
  EXPECT_TRUE(check_history_directory(path));
  EXPECT_FALSE(std::filesystem::exists(folder / "state"));
}
TEST_F(HistoryPlace, SymbolicLinkIsRefused) {
  std::filesystem::create_directories(folder / "state");
  std::filesystem::create_directory_symlink(folder, path);
  EXPECT_THAT(error(), HasSubstr("sluice: is a symbolic link; replace it by a directory"));
}
TEST_F(HistoryPlace, DirectoryThatOthersMayWriteToIsRefused) {
  std::filesystem::create_directories(path);
  for (const unsigned writable : {0720u, 0702u}) {
    ::chmod(path.c_str(), writable);
    EXPECT_THAT(error(), HasSubstr("sluice: others may write to it; use chmod go-w"));
  }
  ::chmod(path.c_str(), 0755);
  EXPECT_EQ(error(), "");
}
TEST_F(HistoryPlace, DirectoryOfAnotherUserIsRefused) {
  std::filesystem::create_directories(path);
  if (::chown(path.c_str(), 12345, static_cast<gid_t>(-1)) != 0) GTEST_SKIP() << "only root can give a directory away";
  EXPECT_THAT(error(), HasSubstr("sluice: belongs to the user 12345"));
}
TEST_F(HistoryPlace, FileInPlaceOfTheDirectoryIsRefused) {
  std::filesystem::create_directories(folder / "state");
  std::ofstream(path) << "text";
  EXPECT_THAT(error(), HasSubstr("sluice: Not a directory; make it a directory that you can read"));
}
TEST_F(HistoryPlace, FileInPlaceOfAParentIsRefused) {
  std::ofstream(folder / "state") << "text";
  EXPECT_THAT(error(), HasSubstr("Not a directory"));
}

}  // namespace
}  // namespace sluice::cli
