#pragma once

#include <optional>
#include <sluice/report.hpp>

#include "base/clock.hpp"

namespace sluice::scan {

/// How long to wait for an answer, learnt from those that came (RFC 6298: smoothed round trip and its variance).
/// The timeout always lies within the bounds.
class RttEstimator {
 public:
  struct Bounds {
    Duration initial = std::chrono::seconds(1);  ///< until something has been measured
    Duration min = std::chrono::milliseconds(100);
    Duration max = std::chrono::seconds(10);
  };

  explicit RttEstimator(const Bounds& bounds) noexcept : bounds_(bounds) {}
  /// Goes on from what an earlier estimator of the same host has learnt.
  RttEstimator(const Bounds& bounds, const std::optional<RoundTrip>& known) noexcept;

  void measured(Duration round_trip) noexcept;
  /// For the first try (0) and its retransmissions: doubled for each, up to four times, never above the maximum. A
  /// host whose answers always come too late is heard that way.
  [[nodiscard]] Duration timeout(unsigned retry = 0) const noexcept;
  /// Nothing until something has been measured.
  [[nodiscard]] std::optional<RoundTrip> times() const noexcept;

 private:
  Bounds bounds_;
  bool known_ = false;
  Duration srtt_{0}, rttvar_{0};
};

}  // namespace sluice::scan
