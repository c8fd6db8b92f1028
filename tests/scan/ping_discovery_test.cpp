// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "scan/scan_fixture.hpp"
#include "support/fake_pinger.hpp"

namespace sluice::scan {
namespace {

using namespace std::chrono_literals;
using net::Ping;

/// Discovery by pings. No connect is answered.
class PingDiscovery : public ScanFixture {
 protected:
  PingDiscovery() {
    network.tcp().silent();
    config.pinger = &pinger;
  }
  HostId start(const Address& address, std::vector<Ping> pings, std::vector<std::uint16_t> tcp = {80, 443}) {
    return scan().start({HostJob::Kind::Discovery, address, std::move(tcp), {}, {}, std::move(pings), {}}, recorder);
  }
  HostId start_neighbour(const Address& address) {
    return scan().start({HostJob::Kind::Discovery, address, {}, {}, {}, {Ping::Neighbour}, net::Route{"eth0", 1500}},
                        recorder);
  }

  net::FakePinger pinger{deadlines, clock};
};

TEST_F(PingDiscovery, HostIsUpIfOnlyPingsAreAnswered) {
  pinger.answer(Ping::Echo, host(1)) = {5ms, {.ttl = 57}};
  pinger.answer(Ping::Timestamp, host(2)) = {3ms, {.ttl = 64}};
  const HostId echo = start(host(1), {Ping::Echo, Ping::Timestamp});
  const HostId timestamp = start(host(2), {Ping::Echo, Ping::Timestamp});
  EXPECT_EQ(run(), 5ms) << "one answer is enough";
  EXPECT_TRUE(result(echo).up);
  EXPECT_EQ(result(echo).reason, Reason::EchoReply);
  EXPECT_EQ(result(echo).reason_ttl, 57);
  EXPECT_EQ(result(echo).times->srtt, 5ms);
  EXPECT_EQ(result(timestamp).reason, Reason::TimestampReply);
  EXPECT_EQ(result(timestamp).reason_ttl, 64);
}

TEST_F(PingDiscovery, ReasonComesFromFirstAnswer) {
  network.tcp({host(1), 443}).rtt(3ms).refuse();
  pinger.answer(Ping::Echo, host(1)) = {5ms, {.ttl = 64}};
  const HostId id = start(host(1), {Ping::Echo});
  EXPECT_EQ(run(), 3ms);
  EXPECT_EQ(result(id).reason, Reason::ConnRefused);
  EXPECT_EQ(result(id).reason_ttl, 0);
}

TEST_F(PingDiscovery, PingsAndConnectsOfOneHostStartTogether) {
  start(host(1), {Ping::Echo, Ping::Timestamp});
  run(0ms);
  EXPECT_EQ(network.attempts().size(), 2u);
  ASSERT_EQ(pinger.requests().size(), 2u);
  EXPECT_EQ(pinger.requests()[0].ping, Ping::Echo);
  EXPECT_EQ(pinger.requests()[1].ping, Ping::Timestamp);
  run();
}

TEST_F(PingDiscovery, SilentHostIsDownAfterOneRetransmissionOfEachProbe) {
  const HostId id = start(host(1), {Ping::Echo, Ping::Timestamp});
  EXPECT_EQ(run(), 3s);
  EXPECT_FALSE(result(id).up);
  EXPECT_EQ(result(id).reason, Reason::NoResponse);
  EXPECT_EQ(pinger.requests().size(), 4u);
  EXPECT_EQ(network.attempts().size(), 4u);
}

TEST_F(PingDiscovery, LostPingIsRetransmitted) {
  pinger.answer(Ping::Echo, host(1)) = {5ms, {}, 1};
  const HostId id = start(host(1), {Ping::Echo}, {});
  EXPECT_EQ(run(), 1005ms);
  EXPECT_TRUE(result(id).up);
}

TEST_F(PingDiscovery, HostIsUpIfPingIsRefused) {
  const auto refused = [](core::Refusal by) {
    return core::Reply{.status = core::Status::Error, .refusal = by, .ttl = 64};
  };
  pinger.answer(Ping::Echo, host(1)) = {1ms, refused(core::Refusal::Port)};
  pinger.answer(Ping::Echo, host(2)) = {1ms, refused(core::Refusal::Protocol)};
  const HostId port = start(host(1), {Ping::Echo}), protocol = start(host(2), {Ping::Echo});
  run();
  EXPECT_TRUE(result(port).up);
  EXPECT_EQ(result(port).reason, Reason::PortUnreach);
  EXPECT_EQ(result(port).reason_ttl, 64);
  EXPECT_TRUE(result(protocol).up);
  EXPECT_EQ(result(protocol).reason, Reason::ProtoUnreach);
}

TEST_F(PingDiscovery, NeighbourReplySetsReasonAndMac) {
  const Address host6 = *Address::parse("2001:db8::7");
  for (const Address& address : {host(1), host6})
    pinger.answer(Ping::Neighbour, address) = {1ms, {.data = "\1\2\3\4\5\6"}};
  const HostId arp = start_neighbour(host(1)), nd = start_neighbour(host6);
  EXPECT_EQ(run(), 1ms);
  EXPECT_EQ(result(arp).reason, Reason::ArpResponse);
  EXPECT_EQ(result(nd).reason, Reason::NdResponse);
  EXPECT_EQ(result(arp).reason_ttl, 0);
  EXPECT_EQ(result(arp).mac, "\1\2\3\4\5\6");
  EXPECT_EQ(pinger.requests()[0].device, "eth0");
  EXPECT_TRUE(network.attempts().empty());
}

TEST_F(PingDiscovery, SilentNeighbourIsDownAfterASecondAndAHalf) {
  const HostId id = start_neighbour(host(1));
  EXPECT_EQ(run(), 1500ms);
  EXPECT_FALSE(result(id).up);
  EXPECT_EQ(pinger.requests().size(), 2u);
}

TEST_F(PingDiscovery, ShorterInitialTimeoutAppliesToNeighbours) {
  config.timing.rtt.initial = 100ms;
  start_neighbour(host(1));
  EXPECT_EQ(run(), 300ms);
}

TEST_F(PingDiscovery, HostWithoutRouteIsDownWithReasonNetUnreach) {
  pinger.failure = ENETUNREACH;
  const HostId id = start(host(1), {Ping::Echo}, {});
  EXPECT_EQ(run(), 0s);
  EXPECT_FALSE(result(id).up);
  EXPECT_EQ(result(id).reason, Reason::NetUnreach);
}

TEST_F(PingDiscovery, UnsentPingIsSentAfterResourceShortage) {
  pinger.lack = [this, until = clock.now() + 10s] { return clock.now() < until ? ENOBUFS : 0; };
  pinger.answer(Ping::Echo, host(1)) = {2ms, {}};
  const HostId id = start(host(1), {Ping::Echo}, {});
  run();
  EXPECT_TRUE(result(id).up);
  EXPECT_EQ(result(id).times->srtt, 2ms) << "the timer starts when the ping is sent";
  EXPECT_EQ(pinger.requests().size(), 1u);
}

TEST_F(PingDiscovery, HostIsUnknownIfPingCouldNotBeSentFor30Seconds) {
  std::vector<int> given_up;
  config.given_up = [&](int error) { given_up.push_back(error); };
  pinger.lack = [] { return ENOBUFS; };
  const HostId id = start(host(1), {Ping::Echo}, {});
  const Duration took = run();
  EXPECT_GE(took, 30s);
  EXPECT_LT(took, 31s);
  EXPECT_EQ(result(id).reason, Reason::NotSent);
  EXPECT_EQ(given_up, std::vector<int>{ENOBUFS});
}

TEST_F(PingDiscovery, MaximumRateCountsPings) {
  config.timing.max_rate = 10;
  for (std::uint8_t last = 1; last <= 10; ++last) start(host(last), {Ping::Echo}, {80});
  run();
  std::vector<TimePoint> sent;
  for (const auto& request : pinger.requests()) sent.push_back(request.at);
  for (const auto& attempt : network.attempts()) sent.push_back(attempt.at);
  std::sort(sent.begin(), sent.end());
  ASSERT_EQ(sent.size(), 40u);
  for (std::size_t n = 1; n < sent.size(); ++n) EXPECT_GE(sent[n] - sent[n - 1], 100ms) << n;
}

TEST_F(PingDiscovery, PingsInFlightStayWithinMaxInFlight) {
  config.timing.max_in_flight = 20;
  for (unsigned n = 0; n < 1000; ++n) start_neighbour(Address::v4(0x0a010000u + n));
  run();
  EXPECT_EQ(peak_in_flight, 20u);
  EXPECT_EQ(recorder.results.size(), 1000u);
}

TEST_F(PingDiscovery, ScanDelaySeparatesPingsToOneHost) {
  config.timing.scan_delay = 200ms;
  start(host(1), {Ping::Echo, Ping::Timestamp}, {});
  run();
  ASSERT_EQ(pinger.requests().size(), 4u);
  for (std::size_t n = 1; n < 4; ++n) EXPECT_GE(pinger.requests()[n].at - pinger.requests()[n - 1].at, 200ms) << n;
}

TEST_F(PingDiscovery, SourceOptionAppliesToPingsOfSameFamily) {
  config.source = host(9);
  start(host(1), {Ping::Echo}, {});
  start(*Address::parse("2001:db8::7"), {Ping::Echo}, {});
  run(0ms);
  EXPECT_EQ(pinger.requests()[0].source, host(9));
  EXPECT_FALSE(pinger.requests()[1].source) << "of another family";
  run();
}

TEST_F(PingDiscovery, AbandonedHostLeavesNoPingInFlight) {
  const HostId id = start(host(1), {Ping::Echo, Ping::Timestamp});
  run(0ms);
  EXPECT_EQ(pinger.in_flight(), 2u);
  EXPECT_FALSE(scan().abandon(id).up);
  EXPECT_EQ(pinger.in_flight(), 0u);
}

TEST_F(PingDiscovery, TraceNamesEachPing) {
  std::multiset<std::string> lines;
  config.trace = [&](std::string_view probe, const Endpoint& remote, std::string_view what) {
    lines.insert(std::string(probe) + ' ' + remote.address.text() + ':' + std::to_string(remote.port) + ' ' +
                 std::string(what));
  };
  pinger.answer(Ping::Neighbour, host(1)) = {1ms, {}};
  pinger.answer(Ping::Echo, host(2)) = {1ms, {}};
  start_neighbour(host(1));
  start(host(2), {Ping::Echo}, {});
  run();
  EXPECT_EQ(lines, (std::multiset<std::string>{"ARP 10.0.0.1:0 Operation now in progress", "ARP 10.0.0.1:0 Answered",
                                               "ICMP echo 10.0.0.2:0 Operation now in progress",
                                               "ICMP echo 10.0.0.2:0 Answered"}));
}

}  // namespace
}  // namespace sluice::scan
