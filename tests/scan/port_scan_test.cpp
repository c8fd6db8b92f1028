// SPDX-License-Identifier: Apache-2.0
#include "scan/port_scan.hpp"

#include <set>

#include "scan/scan_fixture.hpp"

namespace sluice::scan {
namespace {

using namespace std::chrono_literals;

constexpr PortStatus kOpen{PortState::Open, Reason::SynAck};
constexpr PortStatus kClosed{PortState::Closed, Reason::ConnRefused};
constexpr PortStatus kFiltered{PortState::Filtered, Reason::NoResponse};

class PortScan : public ScanFixture {};

TEST_F(PortScan, ConnectResultDeterminesPortState) {
  network.tcp({host(1), 22}).rtt(5ms).accept();
  network.tcp({host(1), 23}).rtt(5ms).refuse();
  network.tcp({host(1), 24}).silent();
  network.tcp({host(1), 25}).refuse(EHOSTUNREACH);
  network.tcp({host(1), 26}).refuse(ENETUNREACH);
  network.tcp({host(1), 27}).refuse(EACCES);
  const HostId id = start_ports(host(1), {22, 23, 24, 25, 26, 27});
  run();
  EXPECT_EQ(status(result(id), 22), kOpen);
  EXPECT_EQ(status(result(id), 23), kClosed);
  EXPECT_EQ(status(result(id), 24), kFiltered);
  EXPECT_EQ(status(result(id), 25), (PortStatus{PortState::Filtered, Reason::HostUnreach}));
  EXPECT_EQ(status(result(id), 26), (PortStatus{PortState::Filtered, Reason::NetUnreach}));
  EXPECT_EQ(status(result(id), 27), (PortStatus{PortState::Filtered, Reason::AdminProhibited}));
  EXPECT_TRUE(result(id).up);
  EXPECT_EQ(result(id).times->srtt, 5ms);
  EXPECT_EQ(recorder.open[id], std::vector<std::uint16_t>{22});
}

TEST_F(PortScan, ResultsFollowJobOrderWithTcpFirst) {
  const HostId id = start_ports(host(1), {9, 3, 80, 5}, {7, 2});
  run();
  std::vector<std::uint16_t> numbers;
  for (const ScannedPort& port : result(id).ports) numbers.push_back(port.number);
  EXPECT_EQ(numbers, (std::vector<std::uint16_t>{9, 3, 80, 5, 7, 2}));
  EXPECT_EQ(result(id).ports.back().protocol, Protocol::Udp);
}

TEST_F(PortScan, StartSendsNothingBeforeFirstTurn) {
  const HostId id = start_ports(host(1), {});
  start_ports(host(2), {1});
  EXPECT_TRUE(recorder.results.empty());
  EXPECT_TRUE(network.attempts().empty());
  EXPECT_TRUE(scan().ready());
  run();
  EXPECT_TRUE(result(id).ports.empty());
  EXPECT_FALSE(result(id).up);
}

TEST_F(PortScan, OpenPortIsReportedBeforeHostIsDone) {
  network.tcp({host(1), 22}).rtt(1ms).accept();
  network.tcp({host(1), 9000}).silent();
  const HostId id = start_ports(host(1), {22, 9000});
  run(10ms);
  EXPECT_EQ(recorder.open[id], std::vector<std::uint16_t>{22});
  EXPECT_TRUE(recorder.results.empty());
  run();
}

TEST_F(PortScan, LostProbeIsRetransmitted) {
  network.tcp({host(1), 22}).rtt(1ms).lose(1);
  const HostId id = start_ports(host(1), {22});
  run();
  EXPECT_EQ(status(result(id), 22), kOpen);
  EXPECT_EQ(network.attempts().size(), 2u);
}

TEST_F(PortScan, SilentPortIsProbedTwiceIfNoProbeIsLost) {
  network.tcp().silent();
  const HostId id = start_ports(host(1), ports(1000, 50));
  run();
  EXPECT_EQ(count(result(id), PortState::Filtered), 50u);
  EXPECT_EQ(network.attempts().size(), 100u);
}

TEST_F(PortScan, MaxRetriesZeroSendsOneProbe) {
  config.timing.max_retries = 0;
  network.tcp({host(1), 22}).lose(1);
  const HostId id = start_ports(host(1), {22});
  run();
  EXPECT_EQ(status(result(id), 22), kFiltered);
  EXPECT_EQ(network.attempts().size(), 1u);
}

TEST_F(PortScan, ThousandFilteredPortsEndWithin30Seconds) {
  network.tcp().silent();
  const HostId unknown = start_ports(host(1), ports(1000, 1000));
  EXPECT_LT(run(), 30s);
  EXPECT_EQ(count(result(unknown), PortState::Filtered), 1000u);

  network.tcp({host(2), 80}).rtt(2ms).accept();
  auto with_open = ports(1000, 1000);
  with_open.push_back(80);
  const HostId known = start_ports(host(2), with_open);
  EXPECT_LT(run(), 3s);
  EXPECT_EQ(count(result(known), PortState::Filtered), 1000u);
  EXPECT_EQ(status(result(known), 80), kOpen);
}

// A firewall rejects all ports, but sends hardly more than one refusal per second. While the missing refusals counted
// as losses, a scan of 300 ports took minutes.
TEST_F(PortScan, RateLimitedRefusalsAreNoLosses) {
  network.tcp().silent();
  network.tcp({host(1), 80}).rtt(1ms).accept();
  for (std::uint16_t port = 1000; port < 1300; port += 10) network.tcp({host(1), port}).rtt(1ms).lose(1).refuse(EACCES);
  auto all = ports(1000, 300);
  all.push_back(80);
  const HostId id = start_ports(host(1), all);
  EXPECT_LT(run(), 5s);
  EXPECT_EQ(network.attempts().size(), 601u);
  EXPECT_EQ(status(result(id), 1010), (PortStatus{PortState::Filtered, Reason::AdminProhibited}));
}

TEST_F(PortScan, AnswerAfterInitialTimeoutIsReceived) {
  network.tcp({host(1), 22}).rtt(1500ms).accept();
  const HostId id = start_ports(host(1), {22});
  run();
  EXPECT_EQ(status(result(id), 22), kOpen);
}

TEST_F(PortScan, KnownRoundTripShortensTheFirstTimeout) {
  network.tcp().silent();
  scan().start({HostJob::Kind::Ports, host(1), {9000}, {}, RoundTrip{2ms, 1ms, 100ms}}, recorder);
  EXPECT_EQ(run(), 300ms);  // 100 ms, then 200 ms for the retransmission
}

// The loss of a fifth of all probes must not change the port states.
TEST_F(PortScan, LossOfOneFifthDoesNotChangePortStates) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    const Address target = host(static_cast<std::uint8_t>(seed + 1));
    for (const std::uint16_t port : ports(1, 500)) {
      auto& server = network.tcp({target, port}).rtt(3ms);
      if (port % 3 == 0) server.refuse();
      unsigned lost = 0;
      while (random() % 5 == 0) ++lost;
      server.lose(lost);
    }
    const HostId id = start_ports(target, ports(1, 500));
    run();
    EXPECT_EQ(count(result(id), PortState::Open), 334u) << "seed " << seed;
    EXPECT_EQ(count(result(id), PortState::Closed), 166u) << "seed " << seed;
  }
}

TEST_F(PortScan, ProbesInFlightStayWithinMaxInFlight) {
  config.timing.max_in_flight = 37;
  network.tcp().silent();
  for (std::uint8_t last = 1; last <= 20; ++last) start_ports(host(last), ports(1, 100));
  run();
  EXPECT_EQ(peak_in_flight, 37u);
  EXPECT_EQ(network.peak_open_sockets(), 37u);
  EXPECT_EQ(recorder.results.size(), 20u);
}

TEST_F(PortScan, ProbesAreSharedEquallyAmongHosts) {
  config.timing.max_in_flight = 1;
  network.tcp().refuse().rtt(1ms);
  for (std::uint8_t last = 1; last <= 4; ++last) start_ports(host(last), ports(1, 50));
  run();
  std::map<Address, std::size_t> sent;
  for (std::size_t i = 0; i < 40; ++i) ++sent[network.attempts()[i].remote.address];
  EXPECT_EQ(sent.size(), 4u);
  for (const auto& [address, count] : sent) EXPECT_EQ(count, 10u) << address.text();
}

TEST_F(PortScan, OneTurnSendsABoundedNumberOfProbes) {
  for (std::uint8_t last = 1; last <= 30; ++last) start_ports(host(last), ports(1, 100));
  scan().run_turn();
  EXPECT_EQ(network.attempts().size(), scan::PortScan::kProbesPerTurn);
  EXPECT_TRUE(scan().ready());
  run();
}

TEST_F(PortScan, ImmediateAnswersDoNotFillWindow) {
  network.tcp().refuse();
  network.tcp({host(1), 7}).accept();
  const HostId id = start_ports(host(1), ports(1, scan::PortScan::kProbesPerTurn));
  scan().run_turn();
  EXPECT_EQ(network.attempts().size(), scan::PortScan::kProbesPerTurn);
  EXPECT_EQ(count(result(id), PortState::Closed), scan::PortScan::kProbesPerTurn - 1);
  EXPECT_EQ(recorder.open[id], std::vector<std::uint16_t>{7});
  EXPECT_EQ(result(id).times->srtt, 0ms);
}

TEST_F(PortScan, ScanDelaySeparatesProbesToOneHost) {
  config.timing.scan_delay = 400ms;
  network.tcp().refuse();
  network.udp().refuse();
  start_ports(host(1), ports(1, 5), {53});
  start_ports(host(2), ports(1, 5));
  run();
  std::map<Address, TimePoint> last;
  for (const auto& attempt : network.attempts()) {
    if (const auto before = last.find(attempt.remote.address); before != last.end()) {
      EXPECT_GE(attempt.at - before->second, 400ms);
    }
    last[attempt.remote.address] = attempt.at;
  }
  EXPECT_EQ(network.attempts().size(), 11u);
}

TEST_F(PortScan, SequentialProbesFollowJobOrder) {
  config.sequential = true;
  start_ports(host(1), {7, 80, 9, 22});
  run();
  std::vector<std::uint16_t> order;
  for (const auto& attempt : network.attempts()) order.push_back(attempt.remote.port);
  EXPECT_EQ(order, (std::vector<std::uint16_t>{7, 80, 9, 22}));
}

TEST_F(PortScan, SourceAddressIsBoundForSameFamilyAndPortForAll) {
  config.source = host(200);
  config.source_port = 4444;
  network.udp().refuse();
  start_ports(host(1), {1}, {2});
  start_ports(*Address::parse("fe80::1"), {1});
  run();
  ASSERT_EQ(network.attempts().size(), 3u);
  for (const auto& attempt : network.attempts()) {
    const bool v4 = attempt.remote.address.is_v4();
    EXPECT_EQ(attempt.local, (Endpoint{v4 ? host(200) : Address::any(Family::Inet6), 4444}));
  }
}

TEST_F(PortScan, SourcePortIsBoundToSourceAddressOfRoute) {
  config.source_port = 4444;
  network.routes[host(1)].source = host(77);
  start_ports(host(1), {1}, {2});
  start_ports(host(2), {1});
  run();
  ASSERT_EQ(network.attempts().size(), 3u);
  for (const auto& attempt : network.attempts()) {
    const bool routed = attempt.remote.address == host(1);
    EXPECT_EQ(attempt.local, (Endpoint{routed ? host(77) : Address::any(Family::Inet), 4444}));
  }
}

TEST_F(PortScan, AbandonReturnsResultsSoFar) {
  network.tcp().silent();
  network.tcp({host(1), 22}).rtt(1ms).accept();
  network.tcp({host(1), 81}).rtt(1ms).refuse();
  const HostId id = start_ports(host(1), {22, 81, 9000, 9001});
  EXPECT_EQ(scan().progress(id), 0);
  run(50ms);
  EXPECT_EQ(scan().progress(id), 0.5);
  const HostResult result = scan().abandon(id);
  EXPECT_EQ(result.ports.size(), 2u);
  EXPECT_EQ(status(result, 22), kOpen);
  EXPECT_EQ(status(result, 81), kClosed);
  EXPECT_TRUE(result.up);
  EXPECT_EQ(scan().hosts(), 0u);
  EXPECT_EQ(scan().in_flight(), 0u);
  EXPECT_EQ(network.open_sockets(), 0u);
  EXPECT_EQ(deadlines.size(), 0u);
  run_ready();
  EXPECT_TRUE(recorder.results.empty());
  EXPECT_TRUE(scan().abandon(id).ports.empty()) << "a stale id names nothing";
}

TEST_F(PortScan, AbandonBetweenTwoProbesLeavesNoDeadline) {
  config.timing.scan_delay = 1s;
  network.tcp().refuse().rtt(10ms);
  const HostId id = start_ports(host(1), ports(1, 10));
  run(1500ms);
  EXPECT_EQ(scan().abandon(id).ports.size(), 2u);
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST_F(PortScan, AbandonDoesNotAffectOtherHosts) {
  network.tcp().refuse().rtt(10ms);
  const HostId first = start_ports(host(1), ports(1, 300));
  const HostId second = start_ports(host(2), ports(1, 300));
  run(15ms);
  scan().abandon(first);
  run();
  EXPECT_EQ(count(result(second), PortState::Closed), 300u);
}

class AbandonsAtOnce final : public Recorder {
 public:
  explicit AbandonsAtOnce(scan::PortScan& scan) : scan_(scan) {}
  void on_port_open(HostId id, std::uint16_t, Protocol) override { kept = scan_.abandon(id); }
  HostResult kept;

 private:
  scan::PortScan& scan_;
};

TEST_F(PortScan, ObserverMayAbandonHostInCallback) {
  network.tcp({host(1), 22}).accept();
  AbandonsAtOnce observer(scan());
  scan().start({HostJob::Kind::Ports, host(1), {22, 1, 2, 3}, {}, {}}, observer);
  run();
  EXPECT_EQ(status(observer.kept, 22), kOpen);
  EXPECT_TRUE(observer.results.empty());
}

class StartsAnother final : public Recorder {
 public:
  StartsAnother(scan::PortScan& scan, unsigned more) : scan_(scan), more_(more) {}
  void on_host_done(HostId id, HostResult result) override {
    Recorder::on_host_done(id, std::move(result));
    if (more_-- > 0) scan_.start({HostJob::Kind::Ports, host(1), {22}, {}, {}}, *this);
  }

 private:
  scan::PortScan& scan_;
  unsigned more_;
};

TEST_F(PortScan, ObserverMayStartHostInCallback) {
  StartsAnother observer(scan(), 9);
  scan().start({HostJob::Kind::Ports, host(1), {22}, {}, {}}, observer);
  run();
  EXPECT_EQ(observer.results.size(), 10u);
}

TEST_F(PortScan, DeferredCompletionsGiveSamePortStates) {
  network.at_once = false;
  network.tcp({host(1), 22}).accept();
  network.udp({host(1), 53}).reply("answer");
  const HostId id = start_ports(host(1), {22, 23}, {53, 54});
  run();
  EXPECT_EQ(status(result(id), 22), kOpen);
  EXPECT_EQ(status(result(id), 23), kClosed);
  EXPECT_EQ(status(result(id), 53, Protocol::Udp), (PortStatus{PortState::Open, Reason::UdpResponse}));
  EXPECT_EQ(status(result(id), 54, Protocol::Udp), (PortStatus{PortState::Closed, Reason::PortUnreach}));
}

TEST_F(PortScan, DestructorClosesSocketsOfProbesInFlight) {
  network.tcp().silent();
  network.udp().silent();
  {
    scan::PortScan scan(config, {network, network, network, deadlines, clock});
    scan.start({HostJob::Kind::Ports, host(1), ports(1, 5), {}, {}}, recorder);
    scan.start({HostJob::Kind::Ports, host(2), {}, ports(1, 5), {}}, recorder);
    for (int i = 0; i < 5; ++i) scan.run_turn();
    EXPECT_GT(network.open_sockets(), 0u);
  }
  EXPECT_EQ(network.open_sockets(), 0u);
  EXPECT_TRUE(recorder.results.empty());
}

TEST_F(PortScan, SameSeedSendsProbesInSameOrder) {
  std::vector<std::uint16_t> orders[2];
  for (auto& order : orders) {
    Recorder observer;
    scan::PortScan scan(config, {network, network, network, deadlines, clock});
    scan.start({HostJob::Kind::Ports, host(1), ports(1, 100), {}, {}}, observer);
    const std::size_t before = network.attempts().size();
    while (scan.ready()) scan.run_turn();
    for (std::size_t i = before; i < network.attempts().size(); ++i) order.push_back(network.attempts()[i].remote.port);
  }
  EXPECT_EQ(orders[0].size(), 100u);
  EXPECT_EQ(orders[0], orders[1]);
}

}  // namespace
}  // namespace sluice::scan
