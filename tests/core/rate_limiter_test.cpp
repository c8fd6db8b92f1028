// SPDX-License-Identifier: Apache-2.0
#include "core/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace sluice::core {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

TEST(RateLimiter, FirstEventIsDueAtOnceAndNextOneIntervalLater) {
  RateLimiter beat(4);
  EXPECT_TRUE(beat.due(kStart));
  beat.count(kStart);
  EXPECT_FALSE(beat.due(kStart + 249ms));
  EXPECT_TRUE(beat.due(kStart + 250ms));
}

TEST(RateLimiter, DelayUpToCatchUpIsMadeUpForAndLongPauseIsNot) {
  RateLimiter beat(1000);
  beat.count(kStart);
  const auto sent_at = [&](TimePoint now) {
    int sent = 0;
    for (; beat.due(now); ++sent) beat.count(now);
    return sent;
  };
  EXPECT_EQ(sent_at(kStart + 10ms), 10);
  EXPECT_EQ(sent_at(kStart + 1h), 1);
}

}  // namespace
}  // namespace sluice::core
