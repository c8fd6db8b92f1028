// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/rate_limiter.hpp"

namespace sluice::scan {

/// Measures how well a minimum rate is kept while probes wait to be sent. Not thread-safe.
class KeptRate {
 public:
  /// `per_second`: the minimum rate.
  explicit KeptRate(double per_second) noexcept : interval_(1 / per_second) {}

  /// Records that a probe waits to be sent and that none waited before.
  void wanted(TimePoint now) noexcept { wanted_since_ = now; }
  /// Records a probe that is sent at `now` and was due at `due`.
  void sent(TimePoint due, TimePoint now) noexcept {
    ++sent_;
    const std::chrono::duration<double> late = now - std::max(due, wanted_since_);
    if (late > core::RateLimiter::kCatchUp) lacking_ += late / interval_;
  }
  /// sent(): number of probes. lacking(): number of probes that the rate would have allowed in addition.
  [[nodiscard]] double sent() const noexcept { return sent_; }
  [[nodiscard]] double lacking() const noexcept { return lacking_; }

 private:
  std::chrono::duration<double> interval_;
  TimePoint wanted_since_ = TimePoint::min();
  double sent_ = 0, lacking_ = 0;
};

}  // namespace sluice::scan
