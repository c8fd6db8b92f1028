// SPDX-License-Identifier: Apache-2.0
#include "scan/scan_fixture.hpp"

namespace sluice::scan {
namespace {

using namespace std::chrono_literals;

/// A scan during which the system temporarily lacks the resources to send probes.
class UnsentProbe : public ScanFixture {
 protected:
  UnsentProbe() {
    config.given_up = [this](int error) { given_up.push_back(error); };
  }
  /// For `time` from now, no probe can be sent to the endpoints for which `concerned` returns true.
  void lack(
      Duration time, std::function<bool(const Endpoint&)> concerned = [](const Endpoint&) { return true; }) {
    network.lack_of_open = [this, until = clock.now() + time, concerned](const Endpoint& remote) {
      return clock.now() < until && concerned(remote) ? EMFILE : 0;
    };
  }
  std::vector<int> given_up;
};

TEST_F(UnsentProbe, ShortageOf30SecondsLeavesPortsNotSent) {
  lack(10min);
  const HostId id = start_ports(host(1), ports(1, 200));
  const Duration took = run();
  EXPECT_GE(took, 30s);
  EXPECT_LT(took, 31s);
  ASSERT_EQ(result(id).ports.size(), 200u);
  for (const ScannedPort& port : result(id).ports) EXPECT_EQ(port.status, kNotSent);
  EXPECT_FALSE(result(id).up);
  EXPECT_TRUE(network.attempts().empty());
  EXPECT_EQ(given_up, std::vector<int>(200, EMFILE));
}

TEST_F(UnsentProbe, ProbeIsSentOnceAfterShortageOf29Seconds) {
  lack(29s);
  network.tcp({host(1), 7}).accept();
  const HostId id = start_ports(host(1), ports(1, 200));
  EXPECT_LT(run(), 30s);
  EXPECT_EQ(status(result(id), 7), (PortStatus{PortState::Open, Reason::SynAck}));
  EXPECT_EQ(count(result(id), PortState::Closed), 199u);
  EXPECT_EQ(network.attempts().size(), 200u) << "no port was probed twice";
  EXPECT_TRUE(given_up.empty());
}

TEST_F(UnsentProbe, TimerStartsWhenProbeIsSent) {
  lack(5s);
  network.tcp({host(1), 80}).rtt(900ms).accept();
  const HostId id = start_ports(host(1), {80});
  run();
  EXPECT_EQ(status(result(id), 80), (PortStatus{PortState::Open, Reason::SynAck}));
  EXPECT_EQ(network.attempts().size(), 1u) << "there was no retransmission";
  EXPECT_EQ(result(id).times->srtt, 900ms);
}

TEST_F(UnsentProbe, ShortageForOneEndpointDoesNotDelayOthers) {
  const Endpoint taken{host(1), 80};
  lack(10min, [taken](const Endpoint& remote) { return remote == taken; });
  const HostId first = start_ports(host(1), ports(1, 100));
  const HostId second = start_ports(host(2), ports(1, 100));
  run(5s);
  EXPECT_EQ(network.attempts().size(), 199u);
  EXPECT_TRUE(recorder.results.contains(second));
  run();
  EXPECT_EQ(status(result(first), 80), kNotSent);
  EXPECT_EQ(count(result(first), PortState::Closed), 99u);
  EXPECT_TRUE(result(first).up) << "other ports have answered";
}

TEST_F(UnsentProbe, ProbeIsKeptWhileOthersAreSent) {
  const TimePoint begin = clock.now();
  TimePoint sent = begin;
  network.lack_of_open = [&](const Endpoint&) {  // one every 20 s
    if (clock.now() - sent < 20s) return EMFILE;
    sent = clock.now();
    return 0;
  };
  const HostId id = start_ports(host(1), ports(1, 5));
  const Duration took = run();
  EXPECT_GE(took, 100s);
  EXPECT_EQ(count(result(id), PortState::Closed), 5u);
}

TEST_F(UnsentProbe, ProbesOfNewHostAreGivenUpAtOnceDuringShortage) {
  lack(10min);
  const HostId first = start_ports(host(1), {80});
  run();
  const HostId second = start_ports(host(2), ports(1, 1000));
  EXPECT_LT(run(), 1s);
  EXPECT_EQ(status(result(first), 80), kNotSent);
  EXPECT_EQ(count(result(second), PortState::Unknown), 1000u);
}

TEST_F(UnsentProbe, LaterShortageIsRetriedFor30Seconds) {
  lack(10min);
  start_ports(host(1), {80});
  run();
  clock.advance(1min);
  const HostId later = start_ports(host(2), {80});
  const Duration took = run();
  EXPECT_GE(took, 30s);
  EXPECT_EQ(status(result(later), 80), kNotSent);
}

TEST_F(UnsentProbe, UnsentRetransmissionLeavesPortUnknown) {
  network.tcp().silent();
  const HostId id = start_ports(host(1), {80});
  run(500ms);
  lack(10min);
  run();
  EXPECT_EQ(status(result(id), 80), kNotSent);
}

TEST_F(UnsentProbe, UdpProbeIsGivenUpAfter30Seconds) {
  lack(10min);
  const HostId id = start_ports(host(1), {}, ports(1, 20));
  const Duration took = run();
  EXPECT_GE(took, 30s);
  EXPECT_LT(took, 31s);
  ASSERT_EQ(result(id).ports.size(), 20u);
  for (const ScannedPort& port : result(id).ports) EXPECT_EQ(port.status, kNotSent);
}

TEST_F(UnsentProbe, UdpTimerStartsWhenDatagramIsSent) {
  network.udp({host(1), 53}).rtt(900ms).reply("answer");
  network.lack_of_send = [until = clock.now() + 5s, this](const Endpoint&) {
    return clock.now() < until ? ENOBUFS : 0;
  };
  const HostId id = start_ports(host(1), {}, {53});
  run();
  EXPECT_EQ(status(result(id), 53, Protocol::Udp), (PortStatus{PortState::Open, Reason::UdpResponse}));
  EXPECT_EQ(result(id).times->srtt, 900ms);
  EXPECT_EQ(network.udp({host(1), 53}).received(), "") << "one empty datagram";
}

TEST_F(UnsentProbe, UdpPortIsUnknownIfDatagramIsNeverSent) {
  network.udp().silent();
  network.lack_of_send = [](const Endpoint&) { return ENOBUFS; };
  const HostId id = start_ports(host(1), {}, {53});
  EXPECT_GE(run(), 30s);
  EXPECT_EQ(status(result(id), 53, Protocol::Udp), kNotSent);
  EXPECT_EQ(given_up, std::vector<int>{ENOBUFS});
}

TEST_F(UnsentProbe, DiscoveryLeavesHostUnknown) {
  lack(10min);
  const HostId id = start_discovery(host(1));
  EXPECT_GE(run(), 30s);
  EXPECT_FALSE(result(id).up);
  EXPECT_EQ(result(id).reason, Reason::NotSent);
}

TEST_F(UnsentProbe, DiscoveryLeavesHostUnknownIfOtherProbeIsUnanswered) {
  network.tcp({host(1), 80}).silent();
  network.tcp({host(2), 80}).refuse(EHOSTUNREACH);
  lack(10min, [](const Endpoint& remote) { return remote.port == 443; });
  const HostId silent = start_discovery(host(1)), unreachable = start_discovery(host(2));
  run();
  EXPECT_EQ(result(silent).reason, Reason::NotSent);
  EXPECT_EQ(result(unreachable).reason, Reason::NotSent);
}

TEST_F(UnsentProbe, DiscoveryReportsAnswerToOtherProbe) {
  network.tcp({host(1), 80}).rtt(3ms).accept();
  lack(10min, [](const Endpoint& remote) { return remote.port == 443; });
  const HostId id = start_discovery(host(1));
  EXPECT_LT(run(), 1s);
  EXPECT_TRUE(result(id).up);
  EXPECT_EQ(result(id).reason, Reason::SynAck);
}

TEST_F(UnsentProbe, ThousandHostsAreProbedWithinOneSecondAfterShortage) {
  lack(10s);
  std::vector<HostId> ids;
  for (unsigned n = 0; n < 1000; ++n)
    ids.push_back(scan().start({HostJob::Kind::Discovery, Address::v4(0x0a010000u + n), {80}, {}, {}}, recorder));
  EXPECT_LT(run(), 11s);
  for (const HostId id : ids) EXPECT_TRUE(result(id).up);
}

TEST_F(UnsentProbe, ScanDelayHoldsAfterShortage) {
  config.timing.scan_delay = 2s;
  lack(5s);
  start_ports(host(1), {80, 81, 82});
  run();
  const auto& sent = network.attempts();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_GE(sent[1].at - sent[0].at, 2s);
  EXPECT_GE(sent[2].at - sent[1].at, 2s);
}

TEST_F(UnsentProbe, AbandonDropsUnsentProbes) {
  lack(10min);
  const HostId id = start_ports(host(1), {80, 81});
  run(1s);
  EXPECT_TRUE(scan().abandon(id).ports.empty());
  EXPECT_EQ(run(), 0s);
  EXPECT_TRUE(given_up.empty());
}

}  // namespace
}  // namespace sluice::scan
