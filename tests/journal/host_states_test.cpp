// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sluice/journal.hpp>
#include <thread>

#include "journal/sqlite.hpp"
#include "output/sample_report.hpp"

// What a journal has of the states of hosts that have finished, and of those that have not.

namespace sluice::journal {
namespace {

using output::at;
using testing::ElementsAre;

struct HostStates : testing::Test {
  HostStates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-states-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = folder / "run.db";
  }
  ~HostStates() override { std::filesystem::remove_all(folder); }

  /// Returns the kinds of the events in the file, by number.
  std::vector<std::string> kinds() const {
    const Database database(path, SQLITE_OPEN_READONLY);
    sqlite3_busy_timeout(database.handle(), 5000);
    Statement select(database, "SELECT kind FROM event ORDER BY id");
    std::vector<std::string> found;
    while (select.step()) found.emplace_back(select.text(0));
    return found;
  }
  /// Waits until the file has an event of this kind.
  void wait_for(const std::string& kind) const {
    while (std::ranges::count(kinds(), kind) == 0) std::this_thread::yield();
  }
  /// Writes a run that is stopped before the host has finished. `scanned`: its states were written before.
  void write_stopped_run(std::shared_ptr<HostReport> host, event::RunStarted run, bool scanned) const {
    auto journal = Journal::open({.path = path}).value();
    journal->on_event({at(), std::move(run)});
    journal->on_event({at(), event::HostStarted{host->address, ""}});
    if (scanned) journal->on_event({at(), event::PortsScanned{std::make_shared<HostReport>(*host)}});
    host->interrupted = true;
    host->incomplete = "the run was stopped";
    journal->on_event({at(), event::HostFinished{host}});
    event::RunFinished stopped;
    stopped.error = "the run was stopped";
    journal->on_event({at(), stopped});
    EXPECT_TRUE(journal->close());
  }
  [[nodiscard]] Journal::Resumed resume() const {
    return Journal::resume({.path = path, .keep_states = std::chrono::hours(1'000'000)}, 1).value();
  }
  static std::shared_ptr<HostReport> host() {
    return std::make_shared<HostReport>(output::up_host(output::ports(output::open_port(80, "http"))));
  }

  std::filesystem::path folder;
  std::string path;
};

TEST_F(HostStates, HostThatFinishesInTheSameCommitHasNone) {
  auto journal = Journal::open({.path = path}).value();
  journal->on_event({at(), event::RunStarted{}});
  journal->on_event({at(), event::HostStarted{host()->address, ""}});
  journal->on_event({at(), event::PortsScanned{host()}});
  journal->on_event({at(), event::HostScanned{host()}});
  journal->on_event({at(), event::HostFinished{host()}});
  ASSERT_TRUE(journal->close());
  EXPECT_THAT(kinds(), ElementsAre("run_started", "host_started", "host"));
}
TEST_F(HostStates, CommitOfTheReportRemovesThem) {
  auto journal = Journal::open({.path = path}).value();
  journal->on_event({at(), event::RunStarted{}});
  journal->on_event({at(), event::HostStarted{host()->address, ""}});
  journal->on_event({at(), event::PortsScanned{host()}});
  wait_for("ports_scanned");
  journal->on_event({at(), event::HostScanned{host()}});
  wait_for("host_scanned");
  EXPECT_THAT(kinds(), ElementsAre("run_started", "host_started", "ports_scanned", "host_scanned"));
  journal->on_event({at(), event::HostFinished{host()}});
  wait_for("host");
  EXPECT_THAT(kinds(), ElementsAre("run_started", "host_started", "host"));
  ASSERT_TRUE(journal->close());
}
TEST_F(HostStates, ResumedRunRemovesThoseOfEarlierAttempts) {
  write_stopped_run(host(), event::RunStarted{}, true);
  EXPECT_THAT(kinds(), ElementsAre("run_started", "host_started", "ports_scanned", "host", "run_finished"));
  auto resumed = resume();
  EXPECT_THAT(kinds(), ElementsAre("run_started", "host_started", "ports_scanned", "ports_scanned"));
  event::RunResumed again;
  again.attempt = resumed.earlier->attempts + 1;
  again.events = resumed.earlier->events;
  resumed.journal->on_event({at(), again});
  resumed.journal->on_event({at(), event::HostFinished{host()}});
  ASSERT_TRUE(resumed.journal->close());
  EXPECT_THAT(kinds(), ElementsAre("run_started", "host_started", "run_resumed", "host"));
}

TEST_F(HostStates, PortsOfAnInterruptedHostKeepTheNamesThatReportsOfTheRunList) {
  std::vector<PortReport> list;
  for (std::uint16_t number = 1; number <= 30; ++number)
    list.push_back(output::port(number, PortState::Closed, Reason::ConnRefused, "name"));
  write_stopped_run(std::make_shared<HostReport>(output::up_host(std::move(list))), event::RunStarted{{}, 1, 0, {}},
                    false);
  const auto resumed = resume();
  ASSERT_EQ(resumed.earlier->unfinished.size(), 1u);
  const HostReport& known = resumed.earlier->unfinished.begin()->second.report;
  ASSERT_EQ(known.ports.size(), 30u);
  EXPECT_EQ(known.ports[29].table_service, "name");
}

}  // namespace
}  // namespace sluice::journal
