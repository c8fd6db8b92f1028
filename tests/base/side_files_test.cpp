// SPDX-License-Identifier: Apache-2.0
#include "base/side_files.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

struct DatabaseBeside : testing::Test {
  DatabaseBeside() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-side-XXXXXX";
    folder = std::filesystem::canonical(::mkdtemp(pattern.data()));
    std::ofstream(folder / "run.db") << "SQLite format 3";
    std::ofstream(folder / "text") << "a text that is no database";
  }
  ~DatabaseBeside() override { std::filesystem::remove_all(folder); }
  std::string database(const std::string& name) const { return database_beside(folder / name); }

  std::filesystem::path folder;
};

TEST_F(DatabaseBeside, FilesOfSqliteAndTheLockBelongToTheDatabase) {
  for (const char* end : {"-wal", "-shm", "-journal", "-lock"})
    EXPECT_EQ(database(std::string("run.db") + end), folder / "run.db");
}

TEST_F(DatabaseBeside, OtherNamesBelongToNone) {
  for (const char* name : {"run.db", "run.db-new", "run.dbwal", "other-wal", "text-wal", "missing/run.db-wal"})
    EXPECT_EQ(database(name), "") << name;
}

TEST_F(DatabaseBeside, DirectoryBehindASymbolicLinkIsTheSame) {
  std::filesystem::create_directory_symlink(folder, folder / "link");
  EXPECT_EQ(database("link/run.db-wal"), folder / "run.db");
}

}  // namespace
}  // namespace sluice
