// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <sluice/journal.hpp>
#include <thread>

#include "journal/crash_vfs.hpp"
#include "journal/sqlite.hpp"
#include "output/sample_report.hpp"
#include "support/descriptors.hpp"

namespace sluice::journal {
namespace {

using output::at;
using testing::HasSubstr;

struct Collector final : Observer {
  void on_event(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

struct JournalTest : testing::Test {
  JournalTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-journal-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = folder / "run.db";
  }
  ~JournalTest() override {
    EXPECT_EQ(descriptors(), descriptors_before) << "descriptors are left";
    std::filesystem::remove_all(folder);
  }

  std::unique_ptr<Journal> open(std::function<void(const std::string&)> on_trouble = {}) {
    auto opened = Journal::open({.path = path, .on_trouble = std::move(on_trouble)});
    if (opened) return *std::move(opened);
    ADD_FAILURE() << opened.error().message;
    return nullptr;
  }
  std::string open_error() {
    auto opened = Journal::open({.path = path});
    return opened ? "" : opened.error().message;
  }
  static std::vector<Event> sample() {
    return {{at(), event::RunStarted{{"sluice", "-n", "127.0.0.1"}, 0, 0, {}}},
            {at(1), event::HostStarted{Address::v4(0x7F000001), ""}},
            {at(2), output::finished(output::up_host(output::ports(output::open_port(80, "http"))))},
            {at(3), event::RunFinished{}}};
  }
  void write(const std::vector<Event>& events) {
    auto journal = open();
    ASSERT_TRUE(journal);
    for (const Event& event : events) journal->on_event(event);
    EXPECT_TRUE(journal->close());
  }
  std::unique_ptr<JournalReader> reader() {
    auto opened = JournalReader::open(path);
    if (opened) return *std::move(opened);
    ADD_FAILURE() << opened.error().message;
    return nullptr;
  }
  std::string reader_error() {
    auto opened = JournalReader::open(path);
    return opened ? "" : opened.error().message;
  }
  std::vector<JournalRun> runs() { return reader()->runs().value(); }
  std::vector<Event> events_of(std::int64_t run) {
    Collector collector;
    const Result<void> read = reader()->read(run, collector);
    EXPECT_TRUE(read) << read.error().message;
    return collector.events;
  }
  /// Starts a process that writes a run without its end, and sends itself a signal after the first commit.
  pid_t start_writer(int signal) {
    const pid_t child = ::fork();
    EXPECT_GE(child, 0);
    if (child != 0) return child;
    auto journal = Journal::open({.path = path});
    auto events = sample();
    events.pop_back();
    for (const Event& event : events) (*journal)->on_event(event);
    while ((*journal)->run() == 0) ::usleep(1000);  // a host has finished, so the commit is due at once
    ::raise(signal);
    ::_exit(1);
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
  }

  const std::size_t descriptors_before = descriptors();
  std::filesystem::path folder;
  std::string path;
};

std::string report(Format format, const std::vector<Event>& events) {
  std::string bytes;
  const auto writer = make_writer(format, {.verbosity = 1}, [&](std::string_view piece) { bytes += piece; });
  for (const Event& event : events) writer->on_event(event);
  return bytes;
}

TEST_F(JournalTest, EventsOfARunAreReadBackInOrder) {
  write(sample());
  const std::vector<Event> events = events_of(1);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[2].time, at(2));
  for (const Format format : {Format::Json, Format::Xml, Format::Text, Format::Grepable})
    EXPECT_EQ(report(format, events), report(format, sample()));
}
TEST_F(JournalTest, HostsThatWaitedAndHostsThatReportsLeaveOutAreKept) {
  auto report = std::make_shared<HostReport>(output::up_host());
  HostReport down;
  down.reason = Reason::NoResponse;
  const std::vector<Event> all = {{at(), event::RunStarted{}},
                                  {at(1), event::HostWaits{report}},
                                  {at(2), output::finished(down)},
                                  {at(3), event::HostFinished{report, true}}};
  write(all);
  const std::vector<Event> events = events_of(1);
  ASSERT_EQ(events.size(), all.size());
  for (std::size_t index = 0; index < all.size(); ++index)
    EXPECT_EQ(events[index].what.index(), all[index].what.index());
  EXPECT_TRUE(std::get<event::HostFinished>(events[3].what).waited);
}
TEST_F(JournalTest, ResultsOfHostsWithOneAddressAreNotMixedUp) {
  const auto host = [](const char* output) {
    HostReport report = output::up_host(output::ports(output::open_port(80)));
    report.scripts = {{"one", output, {}}};
    report.ports[0].detail = std::make_unique<PortDetail>();
    report.ports[0].detail->scripts = {{"two", output, Value{std::string("\xff")}}};
    return report;
  };
  const Address address = Address::v4(0x7F000001);
  const auto result = [&](const char* id, const char* output, std::optional<std::uint16_t> port) {
    event::ScriptFinished script;
    script.id = id;
    script.place = {port ? "portrule" : "hostrule", address, "", port, Protocol::Tcp};
    script.outcome = event::Outcome::Result;
    script.result = ScriptResult{id, output, {}};
    return script;
  };
  const std::vector<Event> all = {{at(), event::RunStarted{}},
                                  {at(1), event::HostStarted{address, ""}},
                                  {at(2), event::HostStarted{address, ""}},
                                  {at(3), result("one", "first", {})},
                                  {at(4), result("one", "second", {})},
                                  {at(5), result("two", "second", std::uint16_t{80})},
                                  {at(6), output::finished(host("second"))},
                                  {at(7), result("two", "first", std::uint16_t{80})},
                                  {at(8), output::finished(host("first"))},
                                  {at(9), event::HostStarted{address, ""}},
                                  {at(10), result("one", "third", {})},
                                  {at(11), output::finished(output::up_host())},
                                  {at(12), event::RunFinished{}}};
  write(all);
  const std::vector<Event> events = events_of(1);
  ASSERT_EQ(events.size(), all.size());
  for (const std::size_t index : {6, 8}) {
    const HostReport& report = *std::get<event::HostFinished>(events[index].what).report;
    ASSERT_EQ(report.scripts.size(), 1u);
    EXPECT_EQ(report.scripts[0].output, index == 6 ? "second" : "first");
    ASSERT_EQ(report.ports[0].detail->scripts.size(), 1u);
    EXPECT_EQ(report.ports[0].detail->scripts[0].output, index == 6 ? "second" : "first");
    EXPECT_EQ(report.ports[0].detail->scripts[0].structured, Value{std::string("\xff")});
  }
  EXPECT_EQ(std::get<event::HostFinished>(events[11].what).report->scripts[0].output, "third");
}
TEST_F(JournalTest, EachRunOfAFileHasANumberAStateAndItsArguments) {
  write(sample());
  auto stopped = sample();
  std::get<event::RunFinished>(stopped[3].what).error = "stopped before the end";
  write(stopped);
  auto killed = sample();
  killed.pop_back();
  write(killed);
  const auto all = runs();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[2].number, 3);
  EXPECT_EQ(all[0].state, JournalRun::State::Ended);
  EXPECT_EQ(all[1].state, JournalRun::State::Stopped);
  EXPECT_EQ(all[2].state, JournalRun::State::Running);
  EXPECT_EQ(all[0].started, at());
  EXPECT_EQ(all[0].ended, at(3));
  EXPECT_FALSE(all[2].ended);
  EXPECT_EQ(all[0].arguments, (std::vector<std::string>{"sluice", "-n", "127.0.0.1"}));
  EXPECT_EQ(all[0].hosts, 1u);
  EXPECT_NE(all[0].uuid, all[1].uuid);
  EXPECT_EQ(events_of(2).size(), 4u);
}
TEST_F(JournalTest, AMissingRunIsNamed) {
  write(sample());
  Collector nothing;
  EXPECT_EQ(reader()->read(2, nothing).error().message, path + ": has no run 2");
}
TEST_F(JournalTest, OnlyTheOwnerCanReadTheFile) {
  write(sample());
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}
TEST_F(JournalTest, AClosedJournalLeavesOneFile) {
  write(sample());
  EXPECT_EQ(files(), std::vector<std::string>{"run.db"});
}
TEST_F(JournalTest, ViewsShowHostsPortsAndResults) {
  auto events = sample();
  event::ScriptFinished script;
  script.id = "http-title";
  script.place = {"portrule", Address::v4(0x7F000001), "", std::uint16_t{80}, Protocol::Tcp};
  script.outcome = event::Outcome::Result;
  script.result = ScriptResult{"http-title", "Home", {}};
  events.insert(events.begin() + 2, Event{at(), script});
  write(events);
  const Database database(path, SQLITE_OPEN_READONLY);
  Statement select(database,
                   "SELECT address || ' ' || port || ' ' || service || ' ' || (SELECT script || ' ' || output FROM "
                   "result) FROM open_port JOIN host USING (run, address)");
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.text(0), "127.0.0.1 80 http http-title Home");
}
TEST_F(JournalTest, HostThatTheEndOfTheRunCutsOffIsNoFinishedHost) {
  auto events = sample();
  HostReport cut = output::up_host(output::ports(output::open_port(22, "ssh")));
  cut.interrupted = true;
  cut.incomplete = "stopped before the end";
  events.insert(events.begin() + 3, Event{at(2), output::finished(cut)});
  std::get<event::RunFinished>(events.back().what).error = "stopped before the end";
  write(events);
  EXPECT_EQ(runs().at(0).hosts, 1u);
  Database database(path, SQLITE_OPEN_READONLY);
  EXPECT_EQ(database.number("SELECT count(*) FROM host"), 1);
  EXPECT_EQ(database.number("SELECT sum(port) FROM open_port"), 80 + 22);
}
TEST_F(JournalTest, ASecondWriterIsRefusedWithTheNumberOfTheProcess) {
  const auto journal = open();
  EXPECT_EQ(open_error(),
            path + ": in use by process " + std::to_string(::getpid()) + "; wait for its end, or name another journal");
}
TEST_F(JournalTest, AFileOfAnotherKindIsRefusedAndNotChanged) {
  std::ofstream(path) << "some text that is no database";
  EXPECT_EQ(open_error(), path + ": is no journal of sluice; name another file");
  EXPECT_EQ(reader_error(), path + ": is no journal of sluice; name another file");
  EXPECT_EQ(std::filesystem::file_size(path), 29u);
  std::filesystem::remove(path);
  Database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).execute("CREATE TABLE other (x)");
  EXPECT_EQ(open_error(), path + ": is no journal of sluice; name another file");
}
TEST_F(JournalTest, AFileOfALaterVersionIsRefused) {
  write(sample());
  Database(path, SQLITE_OPEN_READWRITE).execute("PRAGMA user_version = 2");
  EXPECT_THAT(open_error(), HasSubstr("was written by a later version of sluice (tables of version 2, not 1)"));
  EXPECT_THAT(reader_error(), HasSubstr("was written by a later version of sluice"));
}
TEST_F(JournalTest, ADamagedFileIsRefused) {
  write(sample());
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(100, '\x7f');
  file.close();
  EXPECT_THAT(open_error(), HasSubstr(path + ": is damaged"));
}
TEST_F(JournalTest, DamageInsideTheFileIsNamedWithARemedy) {
  auto events = sample();
  for (int count = 0; count < 200; ++count)
    events.insert(events.begin() + 1, {at(), event::Log{event::LogTo::Error, std::string(1000, 'x')}});
  write(events);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) / 2));
  file << std::string(8000, '\x7f');
  file.close();
  const std::string remedy = "); sqlite3 FILE .recover saves what can be read, name another file for new runs";
  auto journal = reader();
  const auto all = journal->runs();
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().message, path + ": is damaged (database disk image is malformed" + remedy);
  Collector collector;
  const auto read = journal->read(1, collector);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, all.error().message);
}
TEST_F(JournalTest, ALineThatIsNoEventIsNamedWithARemedy) {
  write(sample());
  Database(path, SQLITE_OPEN_READWRITE).execute("UPDATE event SET line = '{}' WHERE kind = 'host'");
  Collector collector;
  const auto read = reader()->read(1, collector);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, testing::AllOf(HasSubstr(path + ": is damaged ("), HasSubstr(".recover saves")));
}
TEST_F(JournalTest, AResumedRunIsThatOfTheFile) {
  auto events = sample();
  events.pop_back();
  write(events);
  const auto resumed = Journal::resume({.path = path}, 1);
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_EQ(resumed->stored.arguments, runs()[0].arguments);
  EXPECT_EQ(resumed->stored.directory, std::filesystem::current_path());
}
TEST_F(JournalTest, AFileThatCannotBeCreatedIsNamed) {
  path = (folder / "missing" / "run.db").string();
  EXPECT_EQ(open_error(), path + ": No such file or directory");
  EXPECT_EQ(reader_error(), path + ": No such file or directory");
  path = folder.string();
  EXPECT_THAT(open_error(), HasSubstr(path + ": "));
}
TEST_F(JournalTest, WhatIsCommittedSurvivesTheEndOfTheProcess) {
  const pid_t child = start_writer(SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto all = runs();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].state, JournalRun::State::Running);
  EXPECT_GE(events_of(1).size(), 1u);
  write(sample());  // the lock of the killed process is gone
  EXPECT_EQ(runs().size(), 2u);
}
TEST_F(JournalTest, ARunIsReadWhileItIsWritten) {
  const auto journal = open();
  auto events = sample();
  events.pop_back();
  for (const Event& event : events) journal->on_event(event);
  while (journal->run() == 0) std::this_thread::yield();
  EXPECT_GE(events_of(1).size(), 1u);
  EXPECT_TRUE(journal->close());
  EXPECT_EQ(events_of(1).size(), 3u);
}
/// Returns the names and contents of the files of a folder, without the shared memory of SQLite, which readers lock.
std::map<std::string, std::string> contents_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().string().ends_with("-shm")) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    contents[entry.path().filename()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return contents;
}
TEST_F(JournalTest, ReadersDoNotCheckpoint) {
  const auto read_often = [&] {
    const auto before = contents_of(folder);
    EXPECT_GT(before.at("run.db-wal").size(), 0u);
    for (int count = 0; count < 20; ++count) EXPECT_GE(events_of(1).size(), 1u);
    // A checkpoint writes to the database, and that of the last connection removes the log.
    EXPECT_TRUE(contents_of(folder) == before);
  };
  const pid_t child = start_writer(SIGSTOP);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  read_often();  // beside the writer
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  read_often();  // after its end
}
TEST_F(JournalTest, AFailureOfOneCallLosesNothingSilently) {
  auto events = sample();
  std::size_t whole = 0;  // journals that have all events
  for (std::size_t number = 1;; ++number) {
    SCOPED_TRACE("call " + std::to_string(number));
    const auto before = descriptors();
    CrashVfs vfs;
    std::atomic<std::size_t> calls = 0;
    vfs.before = [&](CrashVfs::Call) { return ++calls == number ? SQLITE_IOERR : SQLITE_OK; };
    std::promise<void> committed;
    auto opened =
        Journal::open({.path = path, .retry_every = std::chrono::milliseconds(1), .on_begin = [&](const auto&) {
                         committed.set_value();
                       }});
    if (!opened) {
      EXPECT_THAT(opened.error().message, HasSubstr("disk I/O error"));
      EXPECT_EQ(descriptors(), before);
      continue;
    }
    for (const Event& event : events) (*opened)->on_event(event);
    ASSERT_EQ(committed.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready)
        << "nothing is kept";
    const auto closed = (*opened)->close();
    opened = Error{};
    EXPECT_EQ(descriptors(), before);
    vfs.before = nullptr;
    Collector collector;
    const auto reader = this->reader();
    ASSERT_TRUE(reader);
    EXPECT_TRUE(reader->read(1, collector));
    // close() makes one attempt, whose failure it returns. That happens if this thread was late with the last event.
    EXPECT_TRUE(!closed || collector.events.size() == events.size());
    whole += closed ? 1 : 0;
    if (calls < number || HasFailure()) break;
  }
  EXPECT_GT(whole, 10u);
}
TEST_F(JournalTest, AFullQueueIsReportedUntilItHasRoom) {
  CrashVfs vfs;
  std::promise<void> disk_is_fast, has_room;
  bool full = false;
  auto opened = Journal::open({.path = path, .on_full = [&](bool is_full) {
                                 full = is_full;
                                 if (!is_full) has_room.set_value();
                               }});
  ASSERT_TRUE(opened);
  const std::shared_future<void> fast = disk_is_fast.get_future().share();
  vfs.before = [&](CrashVfs::Call call) {
    if (call == CrashVfs::Call::Sync) fast.wait();
    return SQLITE_OK;
  };
  Journal& journal = **opened;
  journal.on_event(sample()[0]);
  const std::string long_text(1 << 20, 'x');
  for (int count = 0; count < 7; ++count) journal.on_event({at(), event::Log{event::LogTo::Error, long_text}});
  EXPECT_FALSE(full);
  for (int count = 0; count < 2; ++count) journal.on_event({at(), event::Log{event::LogTo::Error, long_text}});
  EXPECT_TRUE(full);
  disk_is_fast.set_value();
  has_room.get_future().wait();
  EXPECT_FALSE(full);
  EXPECT_TRUE(journal.close());
}

/// A journal on a disk that is full until `space` is set.
struct FullDisk : JournalTest {
  FullDisk() {
    opened = Journal::open(
        {.path = path, .retry_every = std::chrono::milliseconds(1), .on_trouble = [this](const auto& line) {
           troubles.push_back(line);
           (troubles.size() == 1 ? first : second).set_value();
         }});
    vfs.before = [this](CrashVfs::Call call) {
      return call == CrashVfs::Call::Write && !space ? SQLITE_FULL : SQLITE_OK;
    };
    auto events = sample();
    events.pop_back();
    for (const Event& event : events) (*opened)->on_event(event);
    first.get_future().wait();
  }
  ~FullDisk() override { opened = Error{}; }

  CrashVfs vfs;
  std::atomic<bool> space = false;
  std::promise<void> first, second;
  std::vector<std::string> troubles;
  Result<std::unique_ptr<Journal>> opened = Error{};
};

TEST_F(FullDisk, EventsWaitUntilTheDiskHasSpace) {
  EXPECT_EQ(troubles[0],
            path + ": cannot be written: database or disk is full; the run goes on, and the journal tries again");
  EXPECT_EQ((*opened)->run(), 0);
  space = true;
  second.get_future().wait();
  EXPECT_EQ(troubles[1], path + ": is written again, and lacks nothing");
  EXPECT_EQ((*opened)->run(), 1);
  EXPECT_TRUE((*opened)->close());
}
TEST_F(FullDisk, CloseReportsThatEventsAreMissing) {
  const Result<void> closed = (*opened)->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().message, path + ": is not complete: database or disk is full");
}
TEST_F(FullDisk, TheJournalIsGivenUpWhen64MebibytesWait) {
  const std::string long_text(1 << 20, 'x');
  for (int count = 0; count < 65; ++count) (*opened)->on_event({at(), event::Log{event::LogTo::Error, long_text}});
  second.get_future().wait();
  EXPECT_EQ(troubles[1], path + ": is not complete: database or disk is full");  // nothing was committed
  space = true;
  (*opened)->on_event(sample()[0]);
  EXPECT_FALSE((*opened)->close());
  EXPECT_EQ((*opened)->run(), 0);
}

}  // namespace
}  // namespace sluice::journal
