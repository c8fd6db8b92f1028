// SPDX-License-Identifier: Apache-2.0
#include "scan/pace.hpp"

#include <algorithm>

namespace sluice::scan {

using namespace std::chrono_literals;

namespace {

constexpr double kInitialWindow = 10, kSmallestTcpWindow = 5;
constexpr Duration kRationInterval = 1s;
/// Number of delayed retransmissions without a refusal after which the host is taken to have no rate limit.
constexpr unsigned kEnoughSilence = 10;
constexpr unsigned kEnoughLosses = 3;

}  // namespace

Pace::Pace(const Timing& timing, Protocol protocol) noexcept
    : cap_(static_cast<double>(timing.max_in_flight_per_host)), rationed_protocol_(protocol == Protocol::Udp) {
  const double least = static_cast<double>(timing.min_in_flight_per_host);
  floor_ = std::min(cap_, std::max(least, rationed_protocol_ ? 1 : kSmallestTcpWindow));
  window_ = std::clamp(kInitialWindow, floor_, cap_);
  threshold_ = cap_;
  delay_ = timing.scan_delay;
  max_delay_ = rationed_protocol_ ? timing.max_udp_delay : timing.max_tcp_delay;
  first_step_ = rationed_protocol_ ? 50ms : 5ms;
}

bool Pace::suspicious() const noexcept { return refused_ && silent_retries_ < kEnoughSilence; }

Duration Pace::delay(bool next_is_retry) const noexcept {
  if (rationing_ || (next_is_retry && suspicious())) return std::max(delay_, std::min(kRationInterval, max_delay_));
  return delay_;
}

void Pace::grow() noexcept { window_ = std::min(cap_, window_ + (window_ < threshold_ ? 1 : 1 / window_)); }

void Pace::cut(std::size_t in_flight) noexcept {
  lossy_ = true;
  if (recovering_ > 0) return;
  window_ = threshold_ = std::max(floor_, window_ / 2);
  recovering_ = in_flight;
}

void Pace::count_loss() noexcept {
  ++losses_;
  if (losses_ < kEnoughLosses || losses_ * 4 < answers_ + losses_) return;
  delay_ = std::max(delay_, std::min(max_delay_, delay_ == Duration{0} ? first_step_ : 2 * delay_));
  answers_ = losses_ = 0;
}

void Pace::outcome(Outcome outcome, bool was_retry, std::size_t in_flight) noexcept {
  if (recovering_ > 0) --recovering_;
  if (outcome == Outcome::Silent) {
    if (was_retry) ++silent_retries_;
    // A filtered port gives silence, too. So silence stops the growth only after losses have been seen.
    if (!lossy_) grow();
    return;
  }
  if (outcome == Outcome::Refused && rationed_protocol_) {
    refused_ = true;
    if (was_retry) {
      rationing_ = rationing_ || suspicious();
      silent_retries_ = 0;
    }
  }
  if (was_retry && (outcome == Outcome::Answered || rationed_protocol_)) {
    cut(in_flight);
    count_loss();
  } else {
    ++answers_;
    grow();
  }
}

}  // namespace sluice::scan
