// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "base/clock.hpp"

namespace sluice::core {

/// Limits the rate of an action to a number of times per second. Delays up to kCatchUp are made up for: the next
/// actions follow each other more closely. Longer delays are not, so that no burst follows them. Not thread-safe.
class RateLimiter {
 public:
  static constexpr Duration kCatchUp = std::chrono::milliseconds(20);

  /// `per_second`: actions per second, greater than 0.
  explicit RateLimiter(double per_second) noexcept
      : interval_(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / per_second))) {}

  /// Returns the time from which on the next action is permitted.
  [[nodiscard]] TimePoint next() const noexcept { return next_; }
  [[nodiscard]] bool due(TimePoint now) const noexcept { return next_ <= now; }
  /// Records an action at `now`.
  void count(TimePoint now) noexcept { next_ = (next_ < now - kCatchUp ? now : next_) + interval_; }

 private:
  Duration interval_;
  TimePoint next_ = TimePoint::min();  ///< the first action is permitted at once
};

}  // namespace sluice::core
