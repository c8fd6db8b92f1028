// SPDX-License-Identifier: Apache-2.0
#include "journal/continuation.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace sluice::journal {
namespace {

const Address kAddress = Address::parse("127.0.0.1").value();

/// Passes events on to a Continuation, and numbers their rows.
struct Stream {
  template <class What>
  Continuation::Row emit(What what) {
    continuation.set_row(++row);
    continuation.on_event({time, std::move(what)});
    return row;
  }
  Continuation::Row start_host() { return emit(event::HostStarted{kAddress, ""}); }
  Continuation::Row end_script(const std::string& id) {
    event::ScriptFinished script;
    script.id = id;
    script.place.phase = "hostrule";
    script.place.address = kAddress;
    return emit(std::move(script));
  }
  static std::shared_ptr<HostReport> report() {
    auto host = std::make_shared<HostReport>();
    host->address = kAddress;
    return host;
  }

  WallTime time{};
  Continuation continuation{WallTime()};
  Continuation::Row row = 0;
};

TEST(Continuation, ResultsOfTheUnfinishedOneOfTwoEqualHostsAreRemoved) {
  Stream stream;
  stream.emit(event::RunStarted{});
  stream.start_host();
  stream.start_host();
  stream.end_script("a");
  const auto second = stream.end_script("a");
  stream.end_script("b");
  stream.emit(event::HostFinished{stream.report()});
  EXPECT_EQ(stream.continuation.take_changes().removed, std::set{second});
  const EarlierRun run = stream.continuation.take_run();
  EXPECT_EQ(run.unfinished.size(), 1u);
  EXPECT_EQ(run.finished.begin()->second, 1u);
}

TEST(Continuation, AScriptIsLeftOutOnAHostWhereItHasEndedTheProcessTwice) {
  Stream stream;
  stream.emit(event::RunStarted{});
  stream.emit(event::ScriptCrashed{"a", kAddress, "SIGSEGV"});
  stream.emit(event::ScriptCrashed{"a", Address::parse("127.0.0.2"), "SIGSEGV"});
  stream.emit(event::ScriptCrashed{"b", kAddress, "SIGSEGV"});
  stream.emit(event::ScriptCrashed{"before", std::nullopt, "SIGBUS"});
  stream.emit(event::ScriptCrashed{"a", kAddress, "SIGSEGV"});
  stream.emit(event::ScriptCrashed{"before", std::nullopt, "SIGSEGV"});
  const std::set<EarlierRun::ScriptOfHost> expected{{"a", kAddress}, {"before", std::nullopt}};
  EXPECT_EQ(stream.continuation.take_run().left_out, expected);
}

TEST(Continuation, AnUnfinishedHostStartsAgainIfItsFirstStateIsTooOld) {
  for (const auto age : {std::chrono::seconds(0), std::chrono::seconds(1)}) {
    Stream stream;
    stream.time -= std::chrono::hours(1);
    stream.emit(event::RunStarted{});
    stream.start_host();
    stream.time = WallTime() - age;
    const auto discovered = stream.emit(event::PortDiscovered{kAddress, 80});
    stream.time = WallTime() + std::chrono::hours(1);
    auto known = stream.report();
    known->ports.push_back({80, Protocol::Tcp, PortState::Open, Reason::SynAck, 0, "", nullptr});
    const auto scanned = stream.emit(event::PortsScanned{known});
    const bool stale = age.count() > 0;
    const auto removed = stale ? std::set{discovered, scanned} : std::set<Continuation::Row>{};
    EXPECT_EQ(stream.continuation.take_changes().removed, removed) << age.count();
    const EarlierRun run = stream.continuation.take_run();
    ASSERT_EQ(run.unfinished.size(), 1u);
    EXPECT_EQ(run.unfinished.begin()->second.report.ports.empty(), stale);
  }
}

TEST(Continuation, LinesOfTheEndOfAnAttemptAreRemoved) {
  Stream stream;
  stream.emit(event::RunStarted{});
  stream.emit(event::Log{event::LogTo::Output, "of the run"});
  stream.start_host();
  const auto line = stream.emit(event::Log{event::LogTo::Output, "of the end"});
  const auto waited = stream.emit(event::HostFinished{stream.report(), true});
  const auto end = stream.emit(event::RunFinished{});
  EXPECT_LT(waited, end);
  EXPECT_EQ(stream.continuation.take_changes().removed, (std::set{line, end}));
}

TEST(Continuation, PortsOfSeveralEventsAreInOrder) {
  Stream stream;
  stream.emit(event::RunStarted{});
  stream.start_host();
  for (const std::uint16_t number : {443, 80, 22}) {
    auto host = stream.report();
    host->ports.emplace_back();
    host->ports.back().number = number;
    host->ports.back().state = PortState::Closed;
    stream.emit(event::PortsScanned{host});
  }
  stream.emit(event::PortDiscovered{kAddress, 25, Protocol::Tcp});
  (void)stream.continuation.take_changes();
  const EarlierRun run = stream.continuation.take_run();
  std::vector<std::pair<int, PortState>> ports;
  for (const PortReport& port : run.unfinished.begin()->second.report.ports)
    ports.emplace_back(port.number, port.state);
  const std::vector<std::pair<int, PortState>> expected{
      {22, PortState::Closed}, {25, PortState::Open}, {80, PortState::Closed}, {443, PortState::Closed}};
  EXPECT_EQ(ports, expected);
}

}  // namespace
}  // namespace sluice::journal
