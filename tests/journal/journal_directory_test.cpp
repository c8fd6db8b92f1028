// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sluice/journal_directory.hpp>

#include "output/sample_report.hpp"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using output::at;
using testing::ElementsAre;
using testing::HasSubstr;

struct JournalDirectory : testing::Test {
  JournalDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-directory-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~JournalDirectory() override { std::filesystem::remove_all(folder); }

  /// Returns the path of the journal with this index; a larger one is younger.
  std::string path(int index) const { return folder / journal_file_name(at(index * 60), "0123456789abcdef"); }
  std::unique_ptr<Journal> begin(int index) {
    auto journal = Journal::open({.path = path(index)}).value();
    journal->on_event({at(index * 60), event::RunStarted{{"sluice"}, 0, 0, {}}});
    return journal;
  }
  void write(int index, const std::string& error = "") {
    auto journal = begin(index);
    event::RunFinished end;
    end.error = error;
    journal->on_event({at(index * 60 + 1), end});
    ASSERT_TRUE(journal->close());
  }
  /// As a kill leaves it: a run without an end.
  void write_killed(int index) { ASSERT_TRUE(begin(index)->close()); }
  void make_old(int index, std::chrono::hours age) {
    std::filesystem::last_write_time(path(index), std::filesystem::file_time_type::clock::now() - age);
  }
  std::vector<int> pruned(const JournalLimits& limits) {
    const auto done = prune_journals(folder, limits);
    EXPECT_TRUE(done);
    std::vector<int> indexes;
    for (int index = 0; index < 100; ++index)
      for (const PrunedJournal& journal : *done) {
        EXPECT_EQ(journal.error, "");
        if (journal.path != path(index)) continue;
        EXPECT_FALSE(std::filesystem::exists(journal.path));
        indexes.push_back(index);
      }
    EXPECT_EQ(indexes.size(), done->size());
    return indexes;
  }

  std::filesystem::path folder;
};

TEST(JournalFileName, NameHasTheStartInUtcAndTheBeginOfTheUuid) {
  EXPECT_EQ(journal_file_name(WallTime(1'764'547'200s), "1c9a7be2-0000"), "20251201-000000-1c9a7be2.db");
}

TEST_F(JournalDirectory, JournalsAreListedFromTheLastToTheFirst) {
  for (const int index : {2, 1, 3}) write(index);
  const auto journals = list_journals(folder).value();
  ASSERT_EQ(journals.size(), 3u);
  for (int count = 0; count < 3; ++count) {
    EXPECT_EQ(journals[count].path, path(3 - count));
    EXPECT_EQ(journals[count].bytes, std::filesystem::file_size(path(3 - count)));
    EXPECT_EQ(journals[count].error, "");
    ASSERT_EQ(journals[count].runs.size(), 1u);
    EXPECT_EQ(journals[count].runs[0].started, at((3 - count) * 60));
    EXPECT_EQ(journals[count].runs[0].state, JournalRun::State::Ended);
  }
}
TEST_F(JournalDirectory, DamagedJournalDoesNotHideOthers) {
  write(1);
  std::ofstream(path(2)) << std::string(5000, 'x');
  const auto journals = list_journals(folder).value();
  ASSERT_EQ(journals.size(), 2u);
  EXPECT_THAT(journals[0].error, HasSubstr(path(2) + ": is no journal"));
  EXPECT_EQ(journals[1].runs.size(), 1u);
}
TEST_F(JournalDirectory, FilesWithOtherNamesAndLinksAreNotListed) {
  write(1);
  std::filesystem::copy(path(1), folder / "mine.db");
  std::filesystem::create_symlink(path(1), path(2));
  EXPECT_EQ(list_journals(folder).value().size(), 1u);
  EXPECT_THAT(pruned({.count = 0}), ElementsAre(1));
  EXPECT_TRUE(std::filesystem::exists(folder / "mine.db"));
}
TEST_F(JournalDirectory, MissingDirectoryHasNoJournal) {
  EXPECT_TRUE(list_journals(folder / "missing").value().empty());
  EXPECT_TRUE(prune_journals(folder / "missing").value().empty());
}
TEST_F(JournalDirectory, DirectoryThatIsAFileIsAnError) {
  std::ofstream(folder / "file") << "text";
  EXPECT_THAT(list_journals(folder / "file").error().message, HasSubstr("file: Not a directory"));
}
TEST_F(JournalDirectory, WrittenJournalIsInUse) {
  const auto journal = begin(1);
  EXPECT_TRUE(list_journals(folder).value()[0].in_use);
  EXPECT_TRUE(is_journal_in_use(path(1)));
  EXPECT_TRUE(journal->close());
  EXPECT_FALSE(is_journal_in_use(path(1)));
}
TEST_F(JournalDirectory, JournalWithoutARunYetIsNotDamaged) {
  const auto journal = Journal::open({.path = path(1)}).value();
  const auto journals = list_journals(folder).value();
  ASSERT_EQ(journals.size(), 1u);
  EXPECT_EQ(journals[0].error, "");
  EXPECT_TRUE(journals[0].runs.empty());
}
TEST_F(JournalDirectory, LockFileOfAKilledProcessDoesNotMeanUse) {
  write_killed(1);
  std::ofstream(path(1) + "-lock") << "12345";
  EXPECT_FALSE(is_journal_in_use(path(1)));
}

TEST_F(JournalDirectory, PruneKeepsTheLastOnes) {
  for (int index = 0; index < 5; ++index) write(index);
  EXPECT_THAT(pruned({.count = 3}), ElementsAre(0, 1));
  EXPECT_THAT(pruned({.count = 3}), ElementsAre());
}
TEST_F(JournalDirectory, PruneKeepsUnfinishedOnesUpToTheirAge) {
  write(1, "stopped by a signal");
  write_killed(2);
  write(3, "stopped by a signal");
  write_killed(4);
  write(5);
  make_old(1, 25h);
  make_old(2, 25h);
  EXPECT_THAT(pruned({.count = 1, .unfinished = 24h}), ElementsAre(1, 2));
}
TEST_F(JournalDirectory, PruneRemovesDamagedOnesBeyondTheNumber) {
  std::ofstream(path(1)) << "text";
  write(2);
  EXPECT_THAT(pruned({.count = 1}), ElementsAre(1));
}
TEST_F(JournalDirectory, PruneRemovesTheOldestBeyondTheBytes) {
  for (int index = 0; index < 4; ++index) write(index);
  write_killed(4);
  const std::uint64_t bytes = std::filesystem::file_size(path(3)) + std::filesystem::file_size(path(4));
  EXPECT_THAT(pruned({.bytes = bytes}), ElementsAre(0, 1, 2));
  EXPECT_THAT(pruned({.bytes = 0}), ElementsAre(3, 4));
}
TEST_F(JournalDirectory, PruneKeepsJournalsInUse) {
  const auto journal = begin(1);
  write(2);
  EXPECT_THAT(pruned({.count = 0, .bytes = 0}), ElementsAre(2));
  EXPECT_TRUE(std::filesystem::exists(path(1)));
}
TEST_F(JournalDirectory, PruneRemovesLogAndLockWithTheJournal) {
  write_killed(1);
  for (const char* end : {"-wal", "-shm", "-lock"}) std::ofstream(path(1) + end) << "";
  EXPECT_THAT(pruned({.count = 0, .unfinished = -1h}), ElementsAre(1));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(JournalDirectory, PackedJournalIsOneFileForItsOwner) {
  const auto journal = begin(1);
  const std::string log = path(1) + "-wal", copy = folder / "copy.db", packed = folder / "packed.db";
  while (!std::filesystem::exists(log) || journal->run() == 0) ::sched_yield();
  std::filesystem::copy(path(1), copy);  // as a kill leaves it
  std::filesystem::copy(log, copy + "-wal");
  const auto done = pack_journal(copy, packed);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(std::filesystem::exists(packed + "-wal"));
  struct stat status {};
  ASSERT_EQ(::stat(packed.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(JournalReader::open(packed).value()->runs().value().size(), 1u);
}
TEST_F(JournalDirectory, PackDoesNotOverwrite) {
  write(1);
  write(2);
  EXPECT_EQ(pack_journal(path(1), path(2)).error().message, path(2) + ": File exists");
  EXPECT_EQ(list_journals(folder).value().size(), 2u);
}
TEST_F(JournalDirectory, PackThatFailsLeavesNoCopy) {
  std::ofstream(path(1)) << "text";
  EXPECT_FALSE(pack_journal(path(1), folder / "copy.db"));
  EXPECT_FALSE(std::filesystem::exists(folder / "copy.db"));
}

}  // namespace
}  // namespace sluice
