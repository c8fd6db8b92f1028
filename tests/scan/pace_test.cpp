// SPDX-License-Identifier: Apache-2.0
#include "scan/pace.hpp"

#include <gtest/gtest.h>

namespace sluice::scan {
namespace {

using namespace std::chrono_literals;

template <class Change>
Timing timing(Change change) {
  Timing result;
  change(result);
  return result;
}

std::size_t window(const Pace& pace) {
  std::size_t in_flight = 0;
  while (pace.room(in_flight)) ++in_flight;
  return in_flight;
}

TEST(Pace, WindowGrowsWithAnswersUpToMaximum) {
  Pace pace(timing([](Timing& t) { t.max_in_flight_per_host = 40; }), Protocol::Tcp);
  EXPECT_EQ(window(pace), 10u);
  pace.outcome(Outcome::Answered, false, 1);
  EXPECT_EQ(window(pace), 11u);
  for (int i = 0; i < 100; ++i) pace.outcome(Outcome::Answered, false, 1);
  EXPECT_EQ(window(pace), 40u);
}

TEST(Pace, SilenceIsNoLossUntilRetransmissionIsAnswered) {
  Pace pace({}, Protocol::Tcp);
  for (int i = 0; i < 90; ++i) pace.outcome(Outcome::Silent, false, 1);
  EXPECT_EQ(window(pace), 100u);
  pace.outcome(Outcome::Answered, true, 1);
  const std::size_t cut = window(pace);
  EXPECT_EQ(cut, 50u);
  for (int i = 0; i < 90; ++i) pace.outcome(Outcome::Silent, false, 1);
  EXPECT_EQ(window(pace), cut);
}

TEST(Pace, LossesOfOneFlightCutWindowOnce) {
  Pace pace({}, Protocol::Tcp);
  for (int i = 0; i < 90; ++i) pace.outcome(Outcome::Answered, false, 1);
  for (int i = 0; i < 20; ++i) pace.outcome(Outcome::Answered, true, 20);
  EXPECT_EQ(window(pace), 50u);
  pace.outcome(Outcome::Answered, true, 20);
  EXPECT_EQ(window(pace), 25u);
}

TEST(Pace, WindowNeverShrinksBelowMinimum) {
  Pace pace(timing([](Timing& t) { t.min_in_flight_per_host = 30; }), Protocol::Udp);
  for (int i = 0; i < 50; ++i) pace.outcome(Outcome::Answered, true, 0);
  EXPECT_EQ(window(pace), 30u);
}

TEST(Pace, MaximumOfOneKeepsWindowAtOne) {
  Pace pace(timing([](Timing& t) { t.max_in_flight_per_host = 1; }), Protocol::Tcp);
  for (int i = 0; i < 50; ++i) pace.outcome(Outcome::Answered, i % 2 == 0, 1);
  EXPECT_EQ(window(pace), 1u);
}

TEST(Pace, DelayGrowsUpToMaximumUnderLoss) {
  Pace pace(timing([](Timing& t) { t.max_tcp_delay = 12ms; }), Protocol::Tcp);
  std::vector<Duration> delays;
  for (int i = 0; i < 12; ++i) {
    pace.outcome(Outcome::Answered, true, 1);
    delays.push_back(pace.delay(false));
  }
  EXPECT_EQ(delays[1], 0ms);
  EXPECT_EQ(delays[2], 5ms);
  EXPECT_EQ(delays[5], 10ms);
  EXPECT_EQ(delays[11], 12ms);
}

TEST(Pace, FewLossesAmongManyAnswersCauseNoDelay) {
  Pace pace({}, Protocol::Tcp);
  for (int i = 0; i < 200; ++i) pace.outcome(Outcome::Answered, i % 20 == 19, 1);
  EXPECT_EQ(pace.delay(true), 0ms);
}

TEST(Pace, UdpRefusalDelaysRetransmissionsOnly) {
  Pace pace({}, Protocol::Udp);
  EXPECT_EQ(pace.delay(true), 0ms);
  pace.outcome(Outcome::Refused, false, 1);
  EXPECT_EQ(pace.delay(true), 1s);
  EXPECT_EQ(pace.delay(false), 0ms);
}

TEST(Pace, TenSilentRetransmissionsEndDelayAfterRefusal) {
  Pace pace({}, Protocol::Udp);
  pace.outcome(Outcome::Refused, false, 1);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(pace.delay(true), 1s);
    pace.outcome(Outcome::Silent, true, 1);
  }
  EXPECT_EQ(pace.delay(true), 0ms);
}

TEST(Pace, RefusedUdpRetransmissionKeepsDelay) {
  Pace pace(timing([](Timing& t) { t.max_udp_delay = 700ms; }), Protocol::Udp);
  pace.outcome(Outcome::Refused, false, 1);
  pace.outcome(Outcome::Refused, true, 1);
  EXPECT_EQ(pace.delay(false), 700ms);
  for (int i = 0; i < 50; ++i) pace.outcome(Outcome::Silent, true, 1);
  EXPECT_EQ(pace.delay(true), 700ms);
}

TEST(Pace, RefusedTcpRetransmissionIsNoLoss) {
  Pace pace({}, Protocol::Tcp);
  for (int i = 0; i < 10; ++i) pace.outcome(Outcome::Refused, true, 1);
  EXPECT_EQ(pace.delay(true), 0ms);
  EXPECT_TRUE(pace.room(10));
}

TEST(Pace, TcpRefusalCausesNoDelay) {
  Pace pace({}, Protocol::Tcp);
  pace.outcome(Outcome::Refused, false, 1);
  EXPECT_EQ(pace.delay(true), 0ms);
}

}  // namespace
}  // namespace sluice::scan
