// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

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

/// `before`: number of the lines that were written before.
Batch batch_of(const std::vector<std::string>& lines, std::size_t before = 0) {
  Batch batch;
  for (const std::string& line : lines) batch.add(++before, line + '\n');
  return batch;
}

struct Power : testing::Test {
  Power() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-power-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = folder / "run.db";
  }
  ~Power() override { std::filesystem::remove_all(folder); }
  std::vector<std::string> lines() const {
    const Database database(path, SQLITE_OPEN_READWRITE);
    Statement integrity(database, "PRAGMA integrity_check");
    EXPECT_TRUE(integrity.step() && integrity.text(0) == "ok") << integrity.text(0);
    std::vector<std::string> found;
    if (!Statement(database, "SELECT 1 FROM sqlite_schema").step()) return found;
    Statement select(database, "SELECT line FROM event ORDER BY id");
    while (select.step()) found.emplace_back(select.text(0));
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
  std::vector<std::string> written, acknowledged;
  std::size_t calls_left = 40 + random() % 400;
  {
    auto file = JournalFile::open(path, sync);
    ASSERT_TRUE(file) << file.error().message;
    vfs.before = [&](CrashVfs::Call) { return calls_left == 0 || --calls_left == 0 ? SQLITE_IOERR : SQLITE_OK; };
    try {
      for (std::uint64_t number = 0;;) {
        std::vector<std::string> batch;
        if (written.empty()) batch.emplace_back(kStarted);
        for (std::size_t count = 1 + random() % 20; count > 0; --count) batch.push_back(line_of(++number, random));
        const std::size_t before = written.size();
        written.insert(written.end(), batch.begin(), batch.end());
        file->append(batch_of(batch, before));
        acknowledged = written;
      }
    } catch (const SqliteError&) {  // the power is gone
    }
    vfs.cut_power(random);
  }
  vfs.before = nullptr;
  const std::vector<std::string> left = test.lines();
  ASSERT_LE(left.size(), written.size());
  EXPECT_TRUE(std::equal(left.begin(), left.end(), written.begin())) << "the lines that are left are no prefix";
  const std::size_t promised = sync == JournalOptions::Sync::Full ? acknowledged.size() : 0;
  EXPECT_GE(left.size(), promised) << "acknowledged lines are lost";
  auto again = JournalFile::open(path, sync);
  ASSERT_TRUE(again) << again.error().message;
  again->append(batch_of({std::string(kStarted)}));
}

TEST_F(Power, AcknowledgedLinesSurviveWithFullSync) {
  for (std::uint64_t seed = 1; seed <= seeds() && !HasFailure(); ++seed) {
    cut(*this, path, seed, JournalOptions::Sync::Full);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}
TEST_F(Power, APrefixOfTheLinesSurvivesWithNormalSync) {
  for (std::uint64_t seed = 1; seed <= seeds() && !HasFailure(); ++seed) {
    cut(*this, path, seed, JournalOptions::Sync::Normal);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace sluice::journal
