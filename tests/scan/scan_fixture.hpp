// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>

#include "scan/port_scan.hpp"
#include "support/fake_network.hpp"
#include "support/manual_clock.hpp"

namespace sluice::scan {

inline Address host(std::uint8_t last) { return Address::v4(0x0a000000u + last); }

inline std::vector<std::uint16_t> ports(std::uint16_t from, std::uint16_t count) {
  std::vector<std::uint16_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), from);
  return numbers;
}

/// Records the callbacks of any number of hosts.
class Recorder : public HostObserver {
 public:
  void on_ports_settled(HostId, const HostResult&, bool) override {}
  void on_port_open(HostId id, std::uint16_t port, Protocol) override {
    EXPECT_FALSE(results.contains(id)) << "told of a port after the host was done";
    open[id].push_back(port);
  }
  void on_host_done(HostId id, HostResult result) override {
    EXPECT_FALSE(results.contains(id)) << "done twice";
    results[id] = std::move(result);
  }
  std::map<HostId, std::vector<std::uint16_t>> open;
  std::map<HostId, HostResult> results;
};

/// A PortScan over a FakeNetwork in virtual time.
class ScanFixture : public ::testing::Test {
 protected:
  PortScan& scan() {
    if (!scan_)
      scan_ = std::make_unique<PortScan>(config, PortScan::Parts{network, network, network, deadlines, clock});
    return *scan_;
  }
  HostId start_ports(const Address& address, std::vector<std::uint16_t> tcp, std::vector<std::uint16_t> udp = {}) {
    return scan().start({HostJob::Kind::Ports, address, std::move(tcp), std::move(udp), {}}, recorder);
  }
  HostId start_discovery(const Address& address) {
    return scan().start({HostJob::Kind::Discovery, address, {80, 443}, {}, {}}, recorder);
  }
  /// Runs turns until none is ready, without advancing the clock.
  void run_ready() {
    while (scan().ready()) {
      scan().run_turn();
      peak_in_flight = std::max(peak_in_flight, scan().in_flight());
    }
  }
  /// Runs until all hosts are done or `limit` has passed. Returns the virtual time that has passed.
  Duration run(Duration limit = Duration::max()) {
    const TimePoint begin = clock.now();
    run_ready();
    while (scan().hosts() > 0) {
      const auto next = deadlines.next();
      if (!next) {
        ADD_FAILURE() << "hosts left and nothing to wait for";
        break;
      }
      if (limit != Duration::max() && *next > begin + limit) {
        clock.advance(begin + limit - clock.now());
        break;
      }
      clock.advance(std::max(Duration{0}, *next - clock.now()));
      deadlines.expire(clock.now());
      run_ready();
    }
    if (scan().hosts() == 0) {
      EXPECT_EQ(deadlines.size(), 0u) << "deadlines left over";
    }
    return clock.now() - begin;
  }
  const HostResult& result(HostId id) { return recorder.results.at(id); }
  static std::optional<PortStatus> status(const HostResult& result, std::uint16_t port,
                                          Protocol protocol = Protocol::Tcp) {
    for (const ScannedPort& scanned : result.ports)
      if (scanned.number == port && scanned.protocol == protocol) return scanned.status;
    return std::nullopt;
  }
  static std::size_t count(const HostResult& result, PortState state) {
    return static_cast<std::size_t>(std::count_if(result.ports.begin(), result.ports.end(),
                                                  [&](const ScannedPort& port) { return port.status.state == state; }));
  }

  ManualClock clock;
  core::Deadlines deadlines;
  net::FakeNetwork network{deadlines, clock};
  PortScan::Config config;
  Recorder recorder;
  std::size_t peak_in_flight = 0;

 private:
  std::unique_ptr<PortScan> scan_;
};

}  // namespace sluice::scan
