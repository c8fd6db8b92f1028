// SPDX-License-Identifier: Apache-2.0
#include "scan/rtt_estimator.hpp"

#include <gtest/gtest.h>

namespace sluice::scan {
namespace {

using namespace std::chrono_literals;

TEST(RttEstimator, TimeoutIsInitialBeforeFirstMeasurement) {
  const RttEstimator rtt({.initial = 1s, .min = 100ms, .max = 10s});
  EXPECT_EQ(rtt.timeout(), 1s);
  EXPECT_FALSE(rtt.times());
}

TEST(RttEstimator, TimeoutIsThreeTimesFirstMeasurement) {
  RttEstimator rtt({.initial = 1s, .min = 1ms, .max = 10s});
  rtt.measured(40ms);
  EXPECT_EQ(rtt.timeout(), 120ms);  // srtt + 4 * (R / 2)
  EXPECT_EQ(rtt.times()->srtt, 40ms);
  EXPECT_EQ(rtt.times()->rttvar, 20ms);
  EXPECT_EQ(rtt.times()->timeout, 120ms);
}

TEST(RttEstimator, LaterMeasurementsAreSmoothed) {
  RttEstimator rtt({.initial = 1s, .min = 1ms, .max = 10s});
  rtt.measured(40ms);
  rtt.measured(80ms);
  EXPECT_EQ(rtt.times()->srtt, 45ms);    // 40 + (80 - 40) / 8
  EXPECT_EQ(rtt.times()->rttvar, 25ms);  // 20 + (40 - 20) / 4
  EXPECT_EQ(rtt.timeout(), 145ms);
}

TEST(RttEstimator, SteadyRoundTripsReduceTimeoutToMinimum) {
  RttEstimator rtt({.initial = 1s, .min = 100ms, .max = 10s});
  for (int i = 0; i < 50; ++i) rtt.measured(20ms);
  EXPECT_EQ(rtt.timeout(), 100ms);
}

TEST(RttEstimator, TimeoutStaysWithinBounds) {
  RttEstimator rtt({.initial = 1s, .min = 100ms, .max = 2s});
  rtt.measured(-5ms);  // the clock went backwards
  EXPECT_EQ(rtt.timeout(), 100ms);
  rtt.measured(1h);
  EXPECT_EQ(rtt.timeout(), 2s);
  EXPECT_EQ(rtt.timeout(9), 2s);
}

TEST(RttEstimator, RetransmissionTimeoutDoublesUpToFourfold) {
  const RttEstimator rtt({.initial = 1s, .min = 100ms, .max = 10s});
  EXPECT_EQ(rtt.timeout(1), 2s);
  EXPECT_EQ(rtt.timeout(2), 4s);
  EXPECT_EQ(rtt.timeout(10), 4s);
}

TEST(RttEstimator, TimeoutContinuesFromKnownRoundTrip) {
  RttEstimator first({.initial = 1s, .min = 1ms, .max = 10s});
  first.measured(40ms);
  const RttEstimator second({.initial = 1s, .min = 1ms, .max = 10s}, first.times());
  EXPECT_EQ(second.timeout(), first.timeout());
}

}  // namespace
}  // namespace sluice::scan
