// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sluice/merge.hpp>
#include <string>
#include <vector>

namespace sluice {
namespace {

using std::chrono::seconds;

WallTime at(int second) { return WallTime(seconds(second)); }

HostReport host(const std::string& address, int end) {
  HostReport report;
  report.address = *Address::parse(address);
  report.up = report.ports_scanned = true;
  report.start = at(0);
  report.end = at(end);
  return report;
}

HostReport with_port(HostReport report, std::uint16_t number, PortState state, const std::string& script = "") {
  PortReport port;
  port.number = number;
  port.state = state;
  if (!script.empty()) {
    port.detail = std::make_unique<PortDetail>();
    port.detail->scripts.push_back({script, "output", std::nullopt});
  }
  report.ports.push_back(std::move(port));
  return report;
}

/// The events of a run with these hosts.
struct Stored {
  std::vector<HostReport> hosts;
  std::string error;
  int start = 0, end = 10;
  std::vector<ScriptResult> before;

  [[nodiscard]] std::vector<Event> events() const {
    std::vector<Event> all{{at(start), event::RunStarted{}}};
    if (!before.empty()) all.push_back({at(start), event::PhaseFinished{true, before}});
    event::RunFinished finished;
    for (const HostReport& report : hosts) {
      all.push_back({at(end), event::HostFinished{std::make_shared<const HostReport>(report)}});
      ++(report.up ? finished.hosts_up : finished.hosts_down);
      ++finished.hosts_total;
    }
    finished.error = error;
    all.push_back({at(end), finished});
    return all;
  }
};

/// What the merged run has.
struct Merged final : Observer {
  std::vector<std::shared_ptr<const HostReport>> hosts;
  std::vector<ScriptResult> before;
  event::RunFinished finished;
  WallTime start, end;

  void on_event(const Event& event) override {
    if (std::holds_alternative<event::RunStarted>(event.what)) start = event.time;
    if (const auto* phase = std::get_if<event::PhaseFinished>(&event.what)) before = phase->scripts;
    if (const auto* report = std::get_if<event::HostFinished>(&event.what)) hosts.push_back(report->report);
    if (const auto* run = std::get_if<event::RunFinished>(&event.what)) {
      finished = *run;
      end = event.time;
    }
  }
  [[nodiscard]] std::vector<std::string> addresses() const {
    std::vector<std::string> texts;
    for (const auto& report : hosts) texts.push_back(report->address.text());
    return texts;
  }
};

Merged merge(const std::vector<Stored>& runs, const MergeOptions& options = {}) {
  Merged merged;
  std::vector<std::string> names;
  for (std::size_t index = 0; index < runs.size(); ++index) names.push_back("run" + std::to_string(index + 1));
  RunMerge merging(names, merged);
  for (std::size_t index = 0; index < runs.size(); ++index)
    for (const Event& event : runs[index].events()) merging.survey(index, event);
  merging.start(options);
  for (std::size_t index = 0; index < runs.size(); ++index)
    for (const Event& event : runs[index].events()) merging.merge(index, event);
  merging.finish();
  return merged;
}

TEST(RunMerge, TimesAreThoseOfAllRuns) {
  const Merged merged = merge({{{}, "", 5, 20, {}}, {{}, "", 2, 9, {}}});
  EXPECT_EQ(merged.start, at(2));
  EXPECT_EQ(merged.end, at(20));
  EXPECT_EQ(merged.finished.elapsed, seconds(18));
}

TEST(RunMerge, ErrorNamesTheRunsThatFailed) {
  const Merged merged = merge({{{}, "stopped", 0, 1, {}}, {{}, "", 0, 1, {}}, {{}, "killed", 0, 1, {}}});
  EXPECT_EQ(merged.finished.error, "run1: stopped; run3: killed");
}

TEST(RunMerge, EqualResultsWithoutHostsAppearOnce) {
  const ScriptResult same{"a", "text", std::nullopt}, other{"a", "another", std::nullopt};
  const Merged merged = merge({{{}, "", 0, 1, {same}}, {{}, "", 0, 1, {same, other}}});
  ASSERT_EQ(merged.before.size(), 2);
  EXPECT_EQ(merged.before[1].output, "another");
}

TEST(RunMerge, HostsHaveTheOrderOfTheTargetsIfOrdered) {
  const Stored odd{{host("10.0.0.1", 1), host("9.0.0.1", 1)}, "", 0, 1, {}};
  const Stored even{{host("10.0.0.2", 1), host("9.0.0.2", 1), host("8.0.0.1", 1)}, "", 0, 1, {}};
  EXPECT_EQ(merge({even, odd}, {{}, true, {"10.0.0.0/24", "9.0.0.1-2"}}).addresses(),
            (std::vector<std::string>{"10.0.0.1", "10.0.0.2", "9.0.0.1", "9.0.0.2", "8.0.0.1"}));
  EXPECT_EQ(merge({even, odd}).addresses(),
            (std::vector<std::string>{"10.0.0.2", "9.0.0.2", "8.0.0.1", "10.0.0.1", "9.0.0.1"}));
}

TEST(RunMerge, CompleteReportPrecedesLaterIncompleteOne) {
  HostReport cut = with_port(host("10.0.0.1", 9), 80, PortState::Closed, "b");
  cut.incomplete = "killed";
  const HostReport whole = with_port(host("10.0.0.1", 3), 80, PortState::Open, "a");
  for (const auto& runs : {std::vector<Stored>{{{cut}, "", 0, 1, {}}, {{whole}, "", 0, 1, {}}},
                           std::vector<Stored>{{{whole}, "", 0, 1, {}}, {{cut}, "", 0, 1, {}}}}) {
    const Merged merged = merge(runs);
    ASSERT_EQ(merged.hosts.size(), 1);
    const HostReport& report = *merged.hosts[0];
    EXPECT_EQ(report.incomplete, "");
    ASSERT_EQ(report.ports.size(), 1);
    EXPECT_EQ(report.ports[0].state, PortState::Open);
    EXPECT_EQ(report.ports[0].detail->scripts.size(), 2);
    EXPECT_EQ(report.end, at(9));
  }
}

TEST(RunMerge, HostOfSeveralRunsCountsOnceAndIsUpIfOneSawItUp) {
  HostReport down = host("10.0.0.1", 9);
  down.up = false;
  const HostReport up = with_port(host("10.0.0.1", 1), 443, PortState::Open);
  const Merged merged = merge({{{up}, "", 0, 1, {}}, {{down}, "", 0, 1, {}}});
  ASSERT_EQ(merged.hosts.size(), 1);
  EXPECT_TRUE(merged.hosts[0]->up);
  EXPECT_EQ(merged.finished.hosts_up, 1);
  EXPECT_EQ(merged.finished.hosts_down, 0);
  EXPECT_EQ(merged.finished.hosts_total, 1);
}

TEST(RunMerge, HostThatOneRunHasTwiceStaysTwice) {
  const Merged merged = merge({{{host("10.0.0.1", 1), host("10.0.0.1", 2)}, "", 0, 1, {}}, {{}, "", 0, 1, {}}});
  EXPECT_EQ(merged.addresses(), (std::vector<std::string>{"10.0.0.1", "10.0.0.1"}));
  EXPECT_EQ(merged.finished.hosts_total, 2);
}

}  // namespace
}  // namespace sluice
