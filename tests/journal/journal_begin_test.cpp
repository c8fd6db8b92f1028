// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sluice/journal.hpp>

#include "output/sample_report.hpp"

namespace sluice::journal {
namespace {

using namespace std::chrono_literals;
using output::at;
using testing::EndsWith;
using testing::HasSubstr;

constexpr auto kPatience = 60s;

/// Journals whose file is created later.
struct JournalBegin : testing::Test {
  JournalBegin() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-begin-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = folder / "run.db";
    options.place = [this](const std::string& uuid) -> Result<std::string> {
      ++places;
      given = uuid;
      return path;
    };
    options.retry_every = 0ms;
    options.on_trouble = [this](const std::string& line) { lines.push_back(line); };
    options.on_begin = [this](const std::string& where) { begun.set_value(where); };
  }
  ~JournalBegin() override { std::filesystem::remove_all(folder); }

  std::unique_ptr<Journal> open() { return Journal::open(options).value(); }
  static Event start() { return {at(), event::RunStarted{{"sluice"}, 0, 0, {}}}; }
  static Event finish() { return {at(3), event::RunFinished{}}; }
  static Event log(std::size_t bytes) { return {at(1), event::Log{event::LogTo::Error, std::string(bytes, 'x')}}; }
  std::string wait_for_begin() {
    auto where = begun.get_future();
    return where.wait_for(kPatience) == std::future_status::ready ? where.get() : "";
  }
  bool is_empty() const { return std::filesystem::is_empty(folder); }

  std::filesystem::path folder;
  std::string path, given;
  std::promise<std::string> begun;
  JournalOptions options;
  int places = 0;
  std::vector<std::string> lines;
};

TEST_F(JournalBegin, RunThatEndsBeforeTheBeginLeavesNothing) {
  options.begin_after = 1h;
  auto journal = open();
  journal->on_event(start());
  journal->on_event(finish());
  EXPECT_TRUE(journal->close());
  EXPECT_EQ(places, 0);
  EXPECT_EQ(journal->path(), "");
  EXPECT_TRUE(is_empty());
  EXPECT_TRUE(lines.empty());
}
TEST_F(JournalBegin, EventsBeforeTheBeginAreKept) {
  options.begin_after = 50ms;
  auto journal = open();
  journal->on_event(start());
  EXPECT_EQ(wait_for_begin(), path);
  EXPECT_EQ(journal->path(), path);
  journal->on_event(finish());
  EXPECT_TRUE(journal->close());
  const auto runs = JournalReader::open(path).value()->runs().value();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].state, JournalRun::State::Ended);
  EXPECT_EQ(runs[0].uuid, given);
  EXPECT_EQ(places, 1);
}
TEST_F(JournalBegin, EventsKeepTheirOrderWhenManyWaitForTheBegin) {
  struct Texts final : Observer {
    void on_event(const Event& event) override {
      if (const auto* line = std::get_if<event::Log>(&event.what)) texts += line->text.substr(0, 3);
    }
    std::string texts;
  } read;
  options.begin_after = 300ms;
  auto journal = open();
  journal->on_event(start());
  std::string told;
  const auto tell_more = [&] {
    for (int count = 0; count < 20; ++count) {
      told += std::to_string(100 + told.size() / 3);
      journal->on_event(
          {at(1), event::Log{event::LogTo::Error, told.substr(told.size() - 3) + std::string(1 << 20, 'x')}});
    }
  };
  tell_more();
  EXPECT_EQ(wait_for_begin(), path);
  tell_more();
  EXPECT_TRUE(journal->close());
  EXPECT_TRUE(JournalReader::open(path).value()->read(1, read));
  EXPECT_EQ(read.texts, told);
}
TEST_F(JournalBegin, FileThatExistsIsNotUsed) {
  std::ofstream(path) << "text";
  auto journal = open();
  journal->on_event(start());
  EXPECT_FALSE(journal->close());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("run.db: File exists"));
  EXPECT_EQ(std::filesystem::file_size(path), 4u);
}
TEST_F(JournalBegin, SymbolicLinkIsNotFollowed) {
  std::filesystem::create_symlink(folder / "elsewhere", path);
  auto journal = open();
  journal->on_event(start());
  EXPECT_FALSE(journal->close());
  EXPECT_EQ(lines.size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
}
TEST_F(JournalBegin, JournalWithoutAPlaceIsGivenUpWithTheErrorAsItsLine) {
  options.place = [](const std::string&) -> Result<std::string> { return Error{"there is no place"}; };
  auto journal = open();
  journal->on_event(start());
  const auto closed = journal->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().message, "there is no place");
  EXPECT_THAT(lines, testing::ElementsAre("there is no place"));
  journal->on_event(finish());  // no effect
}
TEST_F(JournalBegin, FirstErrorGivesUpAJournalWithoutRetries) {
  auto journal = open();
  journal->on_event(start());
  ASSERT_EQ(wait_for_begin(), path);
  std::filesystem::remove(path);
  journal->on_event(finish());
  EXPECT_FALSE(journal->close());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("the file has been removed or replaced"));
  EXPECT_THAT(lines[0], EndsWith("; it contains the run up to its last commit"));
}
TEST_F(JournalBegin, MoreThan64MiBBeforeTheBeginGiveTheJournalUp) {
  options.begin_after = 1h;
  auto journal = open();
  journal->on_event(start());
  for (int count = 0; count < 200; ++count) journal->on_event(log(1 << 20));  // events and lines count
  EXPECT_FALSE(journal->close());
  EXPECT_THAT(lines, testing::ElementsAre("more than 64 MiB waited for the disk"));
  EXPECT_TRUE(is_empty());
}
TEST_F(JournalBegin, TargetsCountAsWaitingBytes) {
  options.begin_after = 1h;
  auto journal = open();
  journal->on_event(start());
  for (int count = 0; count < 8; ++count)
    journal->on_event({WallTime(), event::TargetsRead{std::string(16u << 20, ' ')}});
  EXPECT_FALSE(journal->close());
  EXPECT_THAT(lines, testing::ElementsAre("more than 64 MiB waited for the disk"));
}
TEST_F(JournalBegin, MoreThan64MiBDuringACommitGiveTheJournalUp) {
  std::promise<void> stuck, released;
  options.on_begin = [&](const std::string&) {  // no event is committed meanwhile
    stuck.set_value();
    released.get_future().wait();
  };
  auto journal = open();
  journal->on_event(start());
  ASSERT_EQ(stuck.get_future().wait_for(kPatience), std::future_status::ready);
  for (int count = 0; count < 65; ++count) journal->on_event(log(1 << 20));
  released.set_value();
  EXPECT_FALSE(journal->close());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("is not complete: more than 64 MiB waited for the disk"));
  EXPECT_EQ(JournalReader::open(path).value()->runs().value().size(), 1u);
}

}  // namespace
}  // namespace sluice::journal
