#pragma once

#include <algorithm>

#include "core/rate_limiter.hpp"

namespace sluice::scan {

/// How far a least rate was kept while there was something to send. Not thread-safe.
class KeptRate {
 public:
  explicit KeptRate(double per_second) noexcept : interval_(1 / per_second) {}

  /// From now on something waits to be sent.
  void wanted(TimePoint now) noexcept { wanted_since_ = now; }
  /// Something is sent that was due at `due`.
  void sent(TimePoint due, TimePoint now) noexcept {
    ++sent_;
    const std::chrono::duration<double> late = now - std::max(due, wanted_since_);
    if (late > core::RateLimiter::kCatchUp) lacking_ += late / interval_;
  }
  /// How many were sent, and how many more would have been at the rate.
  [[nodiscard]] double sent() const noexcept { return sent_; }
  [[nodiscard]] double lacking() const noexcept { return lacking_; }

 private:
  std::chrono::duration<double> interval_;
  TimePoint wanted_since_ = TimePoint::min();
  double sent_ = 0, lacking_ = 0;
};

}  // namespace sluice::scan
