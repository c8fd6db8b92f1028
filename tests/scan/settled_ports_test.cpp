// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <utility>

#include "scan/scan_fixture.hpp"

// HostObserver::on_ports_settled().

namespace sluice::scan {
namespace {

using Key = std::pair<Protocol, std::uint16_t>;

std::set<Key> keys(const std::vector<ScannedPort>& ports) {
  std::set<Key> found;
  for (const ScannedPort& port : ports) found.emplace(port.protocol, port.number);
  return found;
}

/// Records each call.
struct Calls final : Recorder {
  struct Call {
    std::vector<ScannedPort> ports;
    bool all = false;
  };
  void on_ports_settled(HostId, const HostResult& so_far, bool all) override { calls.push_back({so_far.ports, all}); }
  std::vector<Call> calls;
};

struct SettledPorts : ScanFixture {
  SettledPorts() {
    config.tells_ports = true;
    config.timing.max_rate = 20;  // about one port in a call
  }
  void scan_ports(std::uint16_t tcp, std::uint16_t udp) {
    scan().start({HostJob::Kind::Ports, host(1), ports(1, tcp), ports(1, udp), {}}, calls);
    run();
  }
  Calls calls;
};

TEST_F(SettledPorts, CallWithAllPortsHasThoseOfAllCallsBefore) {
  scan_ports(150, 100);
  std::set<Key> told;
  std::size_t with_all = 0;
  for (const auto& [ports, all] : calls.calls) {
    const std::set<Key> now = keys(ports);
    EXPECT_EQ(now.size(), ports.size()) << "a port twice";
    if (all) {
      ++with_all;
      EXPECT_TRUE(std::ranges::includes(now, told));
    } else {
      for (const Key& key : now) EXPECT_FALSE(told.contains(key)) << key.second;
    }
    told.insert(now.begin(), now.end());
  }
  EXPECT_GT(with_all, 2u);
}

TEST_F(SettledPorts, FurtherCallsAreBetweenThoseWithAllPorts) {
  scan_ports(300, 0);
  std::size_t between = 0, with_all = 0;
  for (const auto& call : calls.calls) {
    ++between;
    if (!call.all) continue;
    ++with_all;
    EXPECT_EQ(std::exchange(between, 0), scan::PortScan::kMostParts + 1);
  }
  EXPECT_GT(with_all, 3u);
}

TEST_F(SettledPorts, CallsWithAllPortsHaveAtMostSixteenTimesThePorts) {
  constexpr std::uint16_t kPorts = 3000;
  scan_ports(kPorts, 0);
  std::size_t numbers = 0;
  for (const auto& call : calls.calls) numbers += call.all ? call.ports.size() : 0;
  EXPECT_GT(numbers, kPorts);
  EXPECT_LE(numbers, 16u * kPorts);
}

TEST_F(SettledPorts, NoCallIsMadeUnlessTheyAreWanted) {
  config.tells_ports = false;
  scan_ports(50, 0);
  EXPECT_TRUE(calls.calls.empty());
}

}  // namespace
}  // namespace sluice::scan
