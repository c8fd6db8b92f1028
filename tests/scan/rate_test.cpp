// SPDX-License-Identifier: Apache-2.0
#include "scan/scan_fixture.hpp"

namespace sluice::scan {
namespace {

using namespace std::chrono_literals;

class Rate : public ScanFixture {
 protected:
  /// Returns the largest number of probes that were sent within any interval of length `span`.
  std::size_t most_within(Duration span) {
    std::vector<TimePoint> sent;
    for (const auto& attempt : network.attempts()) sent.push_back(attempt.at);
    std::size_t most = 0;
    for (std::size_t first = 0, past = 0; first < sent.size(); ++first) {
      while (past < sent.size() && sent[past] < sent[first] + span) ++past;
      most = std::max(most, past - first);
    }
    return most;
  }
};

TEST_F(Rate, MaximumHoldsAcrossHosts) {
  config.timing.max_rate = 10;
  for (const std::uint8_t last : {1, 2, 3, 4}) start_ports(host(last), ports(1, 25));
  EXPECT_EQ(run(), 9900ms) << "a hundred refusals, the first at once";
  EXPECT_EQ(most_within(1s), 10u);
}

TEST_F(Rate, MaximumCountsRetransmissionsAndUdpProbes) {
  config.timing.max_rate = 100;
  network.tcp().silent();
  network.udp().silent();
  start_ports(host(1), ports(1, 200), ports(1, 100));
  run();
  EXPECT_EQ(network.attempts().size(), 600u);
  EXPECT_LE(most_within(1s), 103u) << "a timer that was late is made up for";
}

TEST_F(Rate, MaximumCountsEachDatagramOfProbe) {
  config.timing.max_rate = 10;
  config.payloads = [](std::uint16_t) { return std::vector<std::string>{"one", "two", "three", "four", "five"}; };
  network.udp().refuse();
  start_ports(host(1), {}, ports(1, 5));
  EXPECT_EQ(run(), 2s);
}

TEST_F(Rate, MaximumBelowOnePerSecondHolds) {
  config.timing.max_rate = 0.1;
  start_ports(host(1), ports(1, 4));
  EXPECT_EQ(run(), 30s);
}

TEST_F(Rate, PauseIsNotFollowedByBurst) {
  config.timing.max_rate = 10;
  start_ports(host(1), ports(1, 10));
  run();
  clock.advance(1h);
  start_ports(host(2), ports(1, 20));
  run();
  EXPECT_EQ(most_within(1s), 10u);
}

class MinRate : public Rate {
 protected:
  MinRate() {
    network.tcp().silent();
    config.timing.max_in_flight = 5000;
    config.timing.min_rate = 1000;
  }
};

TEST_F(MinRate, RateIsKeptBeyondFullWindows) {
  const HostId id = start_ports(host(1), ports(1, 5000));
  EXPECT_LT(run(), 13s) << "10 000 probes, of which the last waits 2 s";
  EXPECT_GE(most_within(1s), 1000u);
  EXPECT_EQ(count(result(id), PortState::Filtered), 5000u);
}

TEST_F(MinRate, FewProbesAreLackingIfRateIsKept) {
  start_ports(host(1), ports(1, 5000));
  run();
  ASSERT_TRUE(scan().kept_rate());
  EXPECT_EQ(scan().kept_rate()->sent(), 10000);
  EXPECT_LT(scan().kept_rate()->lacking(), 100);
}

TEST_F(MinRate, LackingCountsProbesHeldBackByMaxInFlight) {
  config.timing.max_in_flight = 100;
  start_ports(host(1), ports(1, 500));
  run();
  ASSERT_TRUE(scan().kept_rate());
  EXPECT_GT(scan().kept_rate()->lacking(), 1000) << "a hundred in a second or so, for ten seconds";
}

TEST_F(MinRate, ScanIsSlowerWithoutMinRate) {
  config.timing.min_rate.reset();
  start_ports(host(1), ports(1, 5000));
  EXPECT_GT(run(), 40s);
}

TEST_F(MinRate, RateIsSharedByHosts) {
  for (const std::uint8_t last : {1, 2, 3, 4}) start_ports(host(last), ports(1, 1000));
  EXPECT_LT(run(), 11s);
  EXPECT_LE(most_within(1s), 1300u) << "40 in the windows from the start, and more as they grow";
}

TEST_F(MinRate, ScanDelayTakesPrecedence) {
  config.timing.scan_delay = config.timing.max_tcp_delay = 100ms;
  network.tcp().refuse();
  start_ports(host(1), ports(1, 21));
  EXPECT_EQ(run(), 2s);
}

TEST_F(MinRate, ProbesInFlightStayWithinMaxInFlight) {
  config.timing.max_in_flight = 50;
  start_ports(host(1), ports(1, 500));
  run();
  EXPECT_EQ(peak_in_flight, 50u);
}

TEST_F(MinRate, AbandonOfLastHostLeavesNoDeadline) {
  const HostId id = start_ports(host(1), ports(1, 100));
  run_ready();
  scan().abandon(id);
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST_F(MinRate, MaxRateHoldsBesideMinRate) {
  config.timing.min_rate = 10;
  config.timing.max_rate = 100;
  network.tcp().refuse();
  start_ports(host(1), ports(1, 300));
  EXPECT_EQ(run(), 2990ms);
}

TEST_F(MinRate, FastHostDoesNotUseUpRateOfSilentHost) {
  config.timing.min_rate = 200;
  config.timing.max_retries = 0;
  for (std::uint16_t port = 1; port <= 7000; ++port) network.tcp({host(2), port}).refuse();
  start_ports(host(1), ports(1, 1000));
  start_ports(host(2), ports(1, 7000));
  EXPECT_LT(run(), 7s) << "a second passes until the last port counts as silent";
}

TEST_F(MinRate, LowMinRateDoesNotSlowAnsweringHost) {
  config.timing.min_rate = 1;
  network.tcp().rtt(10ms).refuse();
  start_ports(host(1), ports(1, 1000));
  EXPECT_LT(run(), 2s);
}

}  // namespace
}  // namespace sluice::scan
