#pragma once

#include <chrono>

#include "base/clock.hpp"

namespace sluice::core {

/// Limits how often something happens: so many times a second. A timer that is late is made up for; a pause longer than
/// kCatchUp is not, as it is no reason for a flood.
class RateLimiter {
 public:
  static constexpr Duration kCatchUp = std::chrono::milliseconds(20);

  explicit RateLimiter(double per_second) noexcept
      : interval_(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / per_second))) {}

  [[nodiscard]] TimePoint next() const noexcept { return next_; }
  [[nodiscard]] bool due(TimePoint now) const noexcept { return next_ <= now; }
  /// It has happened.
  void count(TimePoint now) noexcept { next_ = (next_ < now - kCatchUp ? now : next_) + interval_; }

 private:
  Duration interval_;
  TimePoint next_ = TimePoint::min();  ///< the first is due at once
};

}  // namespace sluice::core
