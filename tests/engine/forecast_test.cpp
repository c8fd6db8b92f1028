// SPDX-License-Identifier: Apache-2.0
#include "engine/forecast.hpp"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;

TEST(Forecast, RemainingTimeIsProportionalToRemainingWork) {
  Forecast forecast;
  const auto estimate = forecast.next(30s, 25, 100);
  ASSERT_TRUE(estimate);
  EXPECT_DOUBLE_EQ(estimate->percent, 25);
  EXPECT_EQ(std::chrono::round<std::chrono::seconds>(estimate->remaining), 90s);
}

TEST(Forecast, NextGivesNoEstimateBeforeFirstProgress) {
  Forecast forecast;
  EXPECT_FALSE(forecast.next(30s, 0, 100));
  EXPECT_FALSE(forecast.next(30s, 0, 0));
}

TEST(Forecast, RemainingTimeAtMostHalvesPerEstimate) {
  Forecast forecast;
  ASSERT_TRUE(forecast.next(100s, 50, 100));
  Duration last = 100s;
  for (int line = 0; line < 20; ++line) {
    const auto estimate = forecast.next(130s + line * 30s, 99.99999, 100);
    ASSERT_TRUE(estimate);
    EXPECT_GE(estimate->remaining, std::max<Duration>(last / 2, 1s));
    EXPECT_LT(estimate->percent, 100);
    last = estimate->remaining;
  }
}

TEST(Forecast, RemainingTimeIsAtMostOneYear) {
  Forecast forecast;
  const auto estimate = forecast.next(1h, 1e-12, 1e12);
  ASSERT_TRUE(estimate);
  EXPECT_EQ(estimate->remaining, Duration(std::chrono::hours(24 * 365)));
}

}  // namespace
}  // namespace sluice::engine
