// SPDX-License-Identifier: Apache-2.0
#include "scan/rtt_estimator.hpp"

#include <algorithm>

namespace sluice::scan {

RttEstimator::RttEstimator(const Bounds& bounds, const std::optional<RoundTrip>& known) noexcept : bounds_(bounds) {
  if (!known) return;
  known_ = true;
  srtt_ = known->srtt;
  rttvar_ = known->rttvar;
}

void RttEstimator::measured(Duration round_trip) noexcept {
  round_trip = std::max(round_trip, Duration{0});
  if (!known_) {
    known_ = true;
    srtt_ = round_trip;
    rttvar_ = round_trip / 2;
    return;
  }
  const Duration deviation = round_trip > srtt_ ? round_trip - srtt_ : srtt_ - round_trip;
  rttvar_ += (deviation - rttvar_) / 4;
  srtt_ += (round_trip - srtt_) / 8;
}

Duration RttEstimator::timeout(unsigned retry) const noexcept {
  const Duration base = std::clamp(known_ ? srtt_ + 4 * rttvar_ : bounds_.initial, bounds_.min, bounds_.max);
  return std::min(base * (1 << std::min(retry, 2u)), bounds_.max);
}

std::optional<RoundTrip> RttEstimator::times() const noexcept {
  if (!known_) return std::nullopt;
  const auto us = [](Duration duration) { return std::chrono::duration_cast<Microseconds>(duration); };
  return RoundTrip{us(srtt_), us(rttvar_), us(timeout())};
}

}  // namespace sluice::scan
