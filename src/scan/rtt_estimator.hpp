// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/report.hpp>

#include "base/clock.hpp"

namespace sluice::scan {

/// Estimates the timeout for answers of a host from measured round-trip times (RFC 6298: smoothed round-trip time and
/// variance).
/// Invariant: the timeout is within the bounds. Not thread-safe.
class RttEstimator {
 public:
  struct Bounds {
    Duration initial = std::chrono::seconds(1);  ///< before the first measurement
    Duration min = std::chrono::milliseconds(100);
    Duration max = std::chrono::seconds(10);
  };

  explicit RttEstimator(const Bounds& bounds) noexcept : bounds_(bounds) {}
  /// Continues with the results of an earlier estimator of the same host.
  RttEstimator(const Bounds& bounds, const std::optional<RoundTrip>& known) noexcept;

  /// Records a round-trip time.
  void measured(Duration round_trip) noexcept;
  /// Returns the timeout of an attempt. `retry`: 0 for the first one. It is doubled for each retransmission, up to four
  /// times the first, within the maximum. So answers of a host that is slower than its estimate are received.
  [[nodiscard]] Duration timeout(unsigned retry = 0) const noexcept;
  /// Returns the estimate; nothing before the first measurement.
  [[nodiscard]] std::optional<RoundTrip> times() const noexcept;

 private:
  Bounds bounds_;
  bool known_ = false;
  Duration srtt_{0}, rttvar_{0};
};

}  // namespace sluice::scan
