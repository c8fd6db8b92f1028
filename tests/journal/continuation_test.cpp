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
    continuation.on_event({WallTime(), std::move(what)});
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

  Continuation continuation;
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
