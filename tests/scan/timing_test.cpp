// SPDX-License-Identifier: Apache-2.0
#include "scan/timing.hpp"

#include <gtest/gtest.h>

namespace sluice::scan {
namespace {

using namespace std::chrono_literals;

Timing timing(const Options& options) { return timing_for(options, 4096); }

TEST(Timing, TemplateSetsRoundTripTimeoutsAndRetries) {
  Options options;
  EXPECT_EQ(timing(options).rtt.initial, 1s);
  EXPECT_EQ(timing(options).rtt.min, 100ms);
  EXPECT_EQ(timing(options).rtt.max, 10s);
  EXPECT_EQ(timing(options).max_retries, 10u);
  options.timing = 4;
  EXPECT_EQ(timing(options).rtt.initial, 500ms);
  EXPECT_EQ(timing(options).rtt.min, 100ms);
  EXPECT_EQ(timing(options).rtt.max, 1250ms);
  EXPECT_EQ(timing(options).max_retries, 6u);
  options.timing = 5;
  EXPECT_EQ(timing(options).rtt.initial, 250ms);
  EXPECT_EQ(timing(options).rtt.min, 50ms);
  EXPECT_EQ(timing(options).rtt.max, 300ms);
  EXPECT_EQ(timing(options).max_retries, 2u);
}

TEST(Timing, SlowTemplatesAllowOneProbeInFlight) {
  Options options;
  const Duration delays[] = {5min, 15s, 400ms};
  for (options.timing = 0; options.timing <= 2; ++options.timing) {
    EXPECT_EQ(timing(options).max_in_flight, 1u);
    EXPECT_EQ(timing(options).max_in_flight_per_host, 1u);
    EXPECT_EQ(timing(options).scan_delay, delays[options.timing]);
    EXPECT_GE(timing(options).max_udp_delay, timing(options).scan_delay);
  }
}

TEST(Timing, OptionsOverrideTemplate) {
  Options options;
  options.timing = 5;
  options.max_retries = 0;
  options.scan_delay = 20ms;
  options.initial_rtt_timeout = 2s;
  EXPECT_EQ(timing(options).max_retries, 0u);
  EXPECT_EQ(timing(options).scan_delay, 20ms);
  EXPECT_EQ(timing(options).rtt.initial, 2s);
  EXPECT_EQ(timing(options).rtt.max, 2s);
}

TEST(Timing, MaxRttTimeoutLimitsMinAndInitial) {
  Options options;
  options.max_rtt_timeout = 50ms;
  EXPECT_EQ(timing(options).rtt.initial, 50ms);
  EXPECT_EQ(timing(options).rtt.min, 50ms);
  options.min_rtt_timeout = 80ms;
  EXPECT_EQ(timing(options).rtt.max, 50ms);
}

TEST(Timing, MinRttTimeoutRaisesTemplateMaximum) {
  Options options;
  options.timing = 5;
  options.min_rtt_timeout = 1s;
  EXPECT_EQ(timing(options).rtt.max, 1s);
  EXPECT_EQ(timing(options).rtt.initial, 1s);
}

TEST(Timing, MaxInFlightFollowsFromDescriptorsOrParallelism) {
  Options options;
  EXPECT_EQ(timing_for(options, 1024).max_in_flight, 256u);
  EXPECT_EQ(timing_for(options, 1u << 20).max_in_flight, 1024u);
  EXPECT_EQ(timing_for(options, 1u << 20).max_in_flight_per_host, 300u);
  EXPECT_EQ(timing_for(options, 8).max_in_flight, 10u);
  options.max_parallelism = 7;
  EXPECT_EQ(timing_for(options, 1024).max_in_flight, 7u);
  options.min_parallelism = 50;
  EXPECT_EQ(timing_for(options, 1024).min_in_flight_per_host, 7u);
}

TEST(Timing, MinRateRaisesMaxInFlightUpToQuarterOfDescriptors) {
  Options options;
  options.min_rate = 2000;
  EXPECT_EQ(timing_for(options, 1u << 20).max_in_flight, 4000u) << "the second try waits for 2 s";
  EXPECT_EQ(timing_for(options, 4096).max_in_flight, 1024u);
  options.initial_rtt_timeout = 100ms;
  EXPECT_EQ(timing_for(options, 1u << 20).max_in_flight, 1024u) << "not fewer than without a rate";
  options.max_parallelism = 7;
  EXPECT_EQ(timing_for(options, 1u << 20).max_in_flight, 7u);
}

TEST(Timing, MinRateDisablesDelayGrowthUnlessMaxScanDelayIsSet) {
  Options options;
  options.min_rate = 100;
  options.scan_delay = 5ms;
  EXPECT_EQ(timing(options).max_tcp_delay, 5ms);
  EXPECT_EQ(timing(options).max_udp_delay, 5ms);
  options.max_scan_delay = 50ms;
  EXPECT_EQ(timing(options).max_tcp_delay, 50ms);
}

}  // namespace
}  // namespace sluice::scan
