// SPDX-License-Identifier: Apache-2.0
#include "journal/file_lock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::journal {
namespace {

struct FileLockTest : testing::Test {
  FileLockTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-lock-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = folder / "scan.db";
  }
  ~FileLockTest() override { std::filesystem::remove_all(folder); }

  /// Notes a crash as a process does that the signal then ends: its lock file stays.
  void crash(const char* script, const std::optional<Address>& host) {
    {
      const auto lock = FileLock::acquire(path);
      ASSERT_TRUE(lock) << lock.error().message;
      FileLock::note_crash(lock->descriptor(), "SIGSEGV", {script, host ? &*host : nullptr});
      std::ifstream noted(path + "-lock");
      left = std::string(std::istreambuf_iterator<char>(noted), {});
    }
    leave(left);
  }
  void leave(const std::string& text) const { std::ofstream(path + "-lock") << text; }
  std::optional<FileLock::Crash> found() const { return FileLock::acquire(path)->crash(); }

  std::filesystem::path folder;
  std::string path, left;  ///< of the journal; what a lock file had after a crash
};

TEST_F(FileLockTest, ANotedCrashIsReadByTheNextHolderOnly) {
  for (const char* text : {"127.0.0.1", "::1", "fe80::1%7"}) {
    const auto host = Address::parse(text);
    crash("/scripts/of mine/a.nse", host);
    const auto first = found();
    ASSERT_TRUE(first) << text;
    EXPECT_EQ(first->signal, "SIGSEGV");
    EXPECT_EQ(first->script, "/scripts/of mine/a.nse");
    EXPECT_EQ(first->host, host) << text;
    EXPECT_FALSE(found());
  }
}

TEST_F(FileLockTest, ACrashWithoutAHostHasNone) {
  crash("before", std::nullopt);
  ASSERT_TRUE(found());
  crash("before", std::nullopt);
  EXPECT_FALSE(found()->host);
}

TEST_F(FileLockTest, ALineThatIsCutOffOrDamagedIsNoCrash) {
  crash("name", Address::parse("127.0.0.1"));
  for (std::size_t size = 0; size < left.size(); ++size) {
    leave(left.substr(0, size));
    EXPECT_FALSE(found()) << left.substr(0, size);
  }
  for (const char* line :
       {"SIGSEGV 7f00000z.0 name", "SIGSEGV 7f0000.0 name", "SIGSEGV 7f000001. name", "SIGSEGV - "}) {
    leave(std::string("1\n") + line + "\n");
    EXPECT_FALSE(found()) << line;
  }
}

}  // namespace
}  // namespace sluice::journal
