// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "scan/scan_fixture.hpp"

namespace sluice::scan {
namespace {

using namespace std::chrono_literals;

class Discovery : public ScanFixture {};

TEST_F(Discovery, HostIsUpAtFirstAcceptedConnect) {
  network.tcp({host(1), 80}).silent();
  network.tcp({host(1), 443}).rtt(7ms).accept();
  const HostId id = start_discovery(host(1));
  EXPECT_EQ(run(), 7ms) << "one answer is enough";
  EXPECT_TRUE(result(id).up);
  EXPECT_EQ(result(id).reason, Reason::SynAck);
  EXPECT_EQ(result(id).times->srtt, 7ms);
  EXPECT_TRUE(result(id).ports.empty());
  EXPECT_TRUE(recorder.open.empty());
}

TEST_F(Discovery, HostIsUpIfConnectIsRefused) {
  const HostId id = start_discovery(host(1));
  run();
  EXPECT_TRUE(result(id).up);
  EXPECT_EQ(result(id).reason, Reason::ConnRefused);
}

TEST_F(Discovery, SilentHostIsDownAfterOneRetransmission) {
  network.tcp().silent();
  const HostId id = start_discovery(host(1));
  run();
  EXPECT_FALSE(result(id).up);
  EXPECT_EQ(result(id).reason, Reason::NoResponse);
  EXPECT_FALSE(result(id).times);
  std::multiset<std::uint16_t> probed;
  for (const auto& attempt : network.attempts()) probed.insert(attempt.remote.port);
  EXPECT_EQ(probed, (std::multiset<std::uint16_t>{80, 80, 443, 443}));
}

TEST_F(Discovery, UnreachableHostIsDownWithReasonHostUnreach) {
  network.tcp().refuse(EHOSTUNREACH);
  const HostId id = start_discovery(host(1));
  run();
  EXPECT_FALSE(result(id).up);
  EXPECT_EQ(result(id).reason, Reason::HostUnreach);
}

TEST_F(Discovery, ThousandSilentHostsEndWithin31SecondsAt200ProbesInFlight) {
  config.timing.max_in_flight = 200;
  network.tcp().silent();
  for (unsigned n = 0; n < 1000; ++n)
    scan().start({HostJob::Kind::Discovery, Address::v4(0x0a010000u + n), {80, 443}, {}, {}}, recorder);
  // 2000 probes of 1 s and 2000 of 2 s, 200 at a time.
  EXPECT_LE(run(), 31s);
  EXPECT_EQ(peak_in_flight, 200u);
  EXPECT_EQ(recorder.results.size(), 1000u);
}

TEST_F(Discovery, HostIsUpIfUdpProbeIsAnsweredOrRefused) {
  network.tcp().silent();
  network.udp({host(1), 53}).rtt(3ms).reply("answer");
  network.udp({host(2), 53}).rtt(3ms).refuse();
  network.udp({host(3), 53}).silent();
  std::vector<HostId> ids;
  for (const std::uint8_t last : {1, 2, 3})
    ids.push_back(scan().start({HostJob::Kind::Discovery, host(last), {80}, {53}, {}}, recorder));
  run();
  EXPECT_TRUE(result(ids[0]).up);
  EXPECT_EQ(result(ids[0]).reason, Reason::UdpResponse);
  EXPECT_TRUE(result(ids[1]).up);
  EXPECT_EQ(result(ids[1]).reason, Reason::PortUnreach);
  EXPECT_FALSE(result(ids[2]).up);
  EXPECT_EQ(result(ids[2]).reason, Reason::NoResponse);
}

TEST_F(Discovery, HostWithoutProbesIsDownAtOnce) {
  const HostId id = scan().start({HostJob::Kind::Discovery, host(1), {}, {}, {}}, recorder);
  EXPECT_EQ(run(), 0s);
  EXPECT_FALSE(result(id).up);
  EXPECT_EQ(result(id).reason, Reason::NoResponse);
  EXPECT_TRUE(network.attempts().empty());
}

}  // namespace
}  // namespace sluice::scan
