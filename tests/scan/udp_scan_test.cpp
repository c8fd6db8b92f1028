// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "scan/scan_fixture.hpp"

namespace sluice::scan {
namespace {

using namespace std::chrono_literals;

constexpr PortStatus kOpen{PortState::Open, Reason::UdpResponse};
constexpr PortStatus kClosed{PortState::Closed, Reason::PortUnreach};
constexpr PortStatus kUnknown{PortState::OpenFiltered, Reason::NoResponse};

class UdpScan : public ScanFixture {
 protected:
  std::optional<PortStatus> udp_verdict(HostId id, std::uint16_t port) {
    return status(result(id), port, Protocol::Udp);
  }
};

TEST_F(UdpScan, ReplyDeterminesPortState) {
  network.udp({host(1), 53}).rtt(4ms).reply("answer");
  network.udp({host(1), 54}).rtt(4ms).refuse();
  network.udp({host(1), 55}).silent();
  network.udp({host(1), 56}).refuse(EHOSTUNREACH);
  const HostId id = start_ports(host(1), {}, {53, 54, 55, 56});
  run();
  EXPECT_EQ(udp_verdict(id, 53), kOpen);
  EXPECT_EQ(udp_verdict(id, 54), kClosed);
  EXPECT_EQ(udp_verdict(id, 55), kUnknown);
  EXPECT_EQ(udp_verdict(id, 56), (PortStatus{PortState::Filtered, Reason::HostUnreach}));
  EXPECT_EQ(recorder.open[id], std::vector<std::uint16_t>{53});
  EXPECT_EQ(result(id).times->srtt, 4ms);
}

TEST_F(UdpScan, PayloadsOfPortAreSentInOrder) {
  config.payloads = [](std::uint16_t port) {
    return port == 53 ? std::vector<std::string>{"one", "two"} : std::vector<std::string>{};
  };
  auto& server =
      network.udp({host(1), 53}).react([](std::string_view sent) -> std::optional<net::FakeServer::Reaction> {
        if (sent == "two") return "answer";
        return std::nullopt;
      });
  auto& other = network.udp({host(1), 54}).silent();
  const HostId id = start_ports(host(1), {}, {53, 54});
  run();
  EXPECT_EQ(server.received(), "onetwo");
  EXPECT_EQ(udp_verdict(id, 53), kOpen);
  EXPECT_EQ(other.received(), "");
  EXPECT_EQ(other.attempts(), 2u) << "an empty datagram, and its retransmission";
}

TEST_F(UdpScan, LostDatagramIsRetransmitted) {
  network.udp({host(1), 53}).lose(1).reply("answer");
  const HostId id = start_ports(host(1), {}, {53});
  run();
  EXPECT_EQ(udp_verdict(id, 53), kOpen);
}

TEST_F(UdpScan, AllSocketsAreClosedAtEnd) {
  network.udp().silent();
  start_ports(host(1), {}, ports(1, 100));
  run();
  EXPECT_EQ(network.open_sockets(), 0u);
}

// A host with the usual limit for ICMP errors: six refusals at once, then one per second. The limit is applied when the
// scan requests the payload of a port, which is when it sends the datagram.
class UdpScanUnderIcmpRateLimit : public UdpScan {
 protected:
  void ration(double tokens, std::set<std::uint16_t> closed) {
    tokens_ = tokens;
    network.udp().silent();
    for (const std::uint16_t port : closed) network.udp({host(1), port});
    config.payloads = [this, closed = std::move(closed)](std::uint16_t port) {
      const std::chrono::duration<double> passed = clock.now() - last_;
      tokens_ = std::min(6.0, tokens_ + passed.count());
      last_ = clock.now();
      if (!closed.contains(port)) return std::vector<std::string>{};
      auto& server = network.udp({host(1), port}).silent();
      if (tokens_ >= 1) {
        tokens_ -= 1;
        server.refuse();
      }
      return std::vector<std::string>{};
    };
  }

 private:
  double tokens_ = 6;
  TimePoint last_ = clock.now();
};

TEST_F(UdpScanUnderIcmpRateLimit, AllClosedPortsAreFound) {
  ration(6, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
  const HostId id = start_ports(host(1), {}, ports(1, 20));
  EXPECT_LT(run(), 40s);
  EXPECT_EQ(count(result(id), PortState::Closed), 20u);
}

TEST_F(UdpScanUnderIcmpRateLimit, ClosedPortsAreFoundAmongSilentPorts) {
  ration(6, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  const HostId id = start_ports(host(1), {}, ports(1, 20));
  run();
  for (std::uint16_t port = 1; port <= 10; ++port) EXPECT_EQ(udp_verdict(id, port), kClosed) << port;
  EXPECT_EQ(count(result(id), PortState::OpenFiltered), 10u);
}

TEST_F(UdpScanUnderIcmpRateLimit, ExhaustedLimitAtStartLosesNoClosedPort) {
  ration(1, {1, 2, 3, 4, 5});
  const HostId id = start_ports(host(1), {}, ports(1, 5));
  run();
  EXPECT_EQ(count(result(id), PortState::Closed), 5u);
}

TEST_F(UdpScan, ThousandSilentPortsEndWithin30SecondsAfterRefusal) {
  network.udp().silent();
  network.udp({host(1), 1}).rtt(1ms).refuse();
  const HostId id = start_ports(host(1), {}, ports(1, 1000));
  EXPECT_LT(run(), 30s);
  EXPECT_EQ(count(result(id), PortState::OpenFiltered), 999u);
}

}  // namespace
}  // namespace sluice::scan
