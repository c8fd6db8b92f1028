// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "journal/crash_vfs.hpp"
#include "journal/journal_file.hpp"
#include "journal/schema.hpp"

// Power cuts and I/O errors while a journal is written. The environment variable SLUICE_SEEDS sets the number of seeds;
// `make journal-torture` does.

namespace sluice::journal {
namespace {

constexpr std::string_view kStarted =
    R"({"event":"run_started","time":"2026-11-24T04:00:00.000000Z","version":"0.2.0","arguments":[]})";

std::string line_of(std::uint64_t number, std::mt19937_64& random) {
  return R"({"event":"log","number":)" + std::to_string(number) + R"(,"text":")" +
         std::string(random() % (random() % 10 == 0 ? 20000 : 300), 'x') + "\"}";
}

/// The lines that a journal has, by their numbers.
using Lines = std::map<std::uint64_t, std::string>;

/// Returns a random batch behind `written` lines, and changes `kept` as the batch changes the journal.
Batch random_batch(std::uint64_t& written, Lines& kept, std::mt19937_64& random) {
  Batch batch;
  const auto add = [&](const std::string& line) {
    std::vector<std::uint64_t> obsolete;
    const auto some = kept.lower_bound(2 + random() % (written + 1));
    if (random() % 4 == 0 && some != kept.end()) {
      obsolete.push_back(some->first);
      kept.erase(some);
    }
    batch.add(++written, line + '\n', obsolete);
    kept.emplace(written, line);
  };
  if (written == 0) add(std::string(kStarted));
  for (std::size_t count = 1 + random() % 20; count > 0; --count) add(line_of(written, random));
  return batch;
}

struct Power : testing::Test {
  Power() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-power-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = folder / "run.db";
  }
  ~Power() override { std::filesystem::remove_all(folder); }
  Lines lines() const {
    const Database database(path, SQLITE_OPEN_READWRITE);
    Statement integrity(database, "PRAGMA integrity_check");
    EXPECT_TRUE(integrity.step() && integrity.text(0) == "ok") << integrity.text(0);
    Lines found;
    if (!Statement(database, "SELECT 1 FROM sqlite_schema").step()) return found;
    Statement select(database, "SELECT id, line FROM event");
    while (select.step()) found.emplace(select.number(0) & kSequenceMask, select.text(1));
    return found;
  }

  std::filesystem::path folder;
  std::string path;
};

std::uint64_t seeds() {
  const char* text = std::getenv("SLUICE_SEEDS");
  return text ? std::strtoull(text, nullptr, 10) : 100;
}

/// Writes batches until a random call of the file system, and cuts the power there. Checks what is left.
void cut(const Power& test, const std::string& path, std::uint64_t seed, JournalOptions::Sync sync) {
  std::mt19937_64 random(seed);
  CrashVfs vfs;
  std::vector<Lines> commits{{}};  // what the journal has before the first commit, and after each of them
  std::size_t acknowledged = 0;
  std::size_t calls_left = 40 + random() % 400;
  {
    auto file = JournalFile::open(path, sync);
    ASSERT_TRUE(file) << file.error().message;
    vfs.before = [&](CrashVfs::Call) { return calls_left == 0 || --calls_left == 0 ? SQLITE_IOERR : SQLITE_OK; };
    try {
      for (std::uint64_t written = 0;; ++acknowledged) {
        Lines kept = commits.back();
        const Batch batch = random_batch(written, kept, random);
        commits.push_back(std::move(kept));
        file->append(batch);
      }
    } catch (const SqliteError&) {  // the power is gone
    }
    vfs.cut_power(random);
  }
  vfs.before = nullptr;
  const Lines left = test.lines();
  const std::size_t promised = sync == JournalOptions::Sync::Full ? acknowledged : 0;
  EXPECT_TRUE(std::find(commits.begin() + static_cast<std::ptrdiff_t>(promised), commits.end(), left) != commits.end())
      << "the journal is not as after a commit, or lacks acknowledged ones";
  auto again = JournalFile::open(path, sync);
  ASSERT_TRUE(again) << again.error().message;
  Batch batch;
  batch.add(1, std::string(kStarted) + '\n');
  again->append(batch);
}

TEST_F(Power, AcknowledgedCommitsSurviveWithFullSync) {
  for (std::uint64_t seed = 1; seed <= seeds() && !HasFailure(); ++seed) {
    cut(*this, path, seed, JournalOptions::Sync::Full);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}
TEST_F(Power, APrefixOfTheCommitsSurvivesWithNormalSync) {
  for (std::uint64_t seed = 1; seed <= seeds() && !HasFailure(); ++seed) {
    cut(*this, path, seed, JournalOptions::Sync::Normal);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace sluice::journal
