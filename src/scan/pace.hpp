// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "scan/timing.hpp"

namespace sluice::scan {

/// Result of a probe.
enum class Outcome : std::uint8_t {
  Answered,  ///< by the port itself
  Refused,   ///< by the host or the network, by ICMP, whose rate they may limit
  Silent,    ///< no answer within the timeout
};

/// Determines how many probes to one host may be in flight, and the delay between two probes. The window grows with
/// each answer and, before the first loss, with each silence. A probe was lost if a retransmission of it is answered;
/// then the window is halved, once per window of probes. If at least a quarter of the probes is lost, the delay grows.
/// A retransmission that gets a refusal counts as an answer over TCP: the host limits the rate of its refusals, and
/// nothing was lost.
///
/// For UDP, hosts commonly limit their refusals to one per second. After the first refusal, retransmissions to the host
/// are sent one second apart. If kEnoughSilence of them stay unanswered in a row, the host has no such limit and the
/// delay ends. If one is refused, the host has the limit and the delay remains (docs/differences.md, "Scans").
///
/// Owned by the pass of a host. Not thread-safe.
class Pace {
 public:
  Pace(const Timing& timing, Protocol protocol) noexcept;

  /// True if another probe may be sent while `in_flight` probes have no answer.
  [[nodiscard]] bool room(std::size_t in_flight) const noexcept {
    return in_flight < static_cast<std::size_t>(window_);
  }
  /// Returns the delay after the last probe. `next_is_retry`: true if the next probe is a retransmission.
  [[nodiscard]] Duration delay(bool next_is_retry) const noexcept;
  /// Records the result of a probe. `in_flight`: number of probes in flight, this one included.
  void outcome(Outcome outcome, bool was_retry, std::size_t in_flight) noexcept;

 private:
  void grow() noexcept;
  void cut(std::size_t in_flight) noexcept;
  void count_loss() noexcept;
  [[nodiscard]] bool suspicious() const noexcept;

  double window_, threshold_, floor_, cap_;
  Duration delay_, max_delay_, first_step_;
  bool rationed_protocol_;
  bool lossy_ = false;
  std::size_t recovering_ = 0;         ///< results to come of probes that were sent before the window was last halved
  unsigned answers_ = 0, losses_ = 0;  ///< since the delay was last changed
  bool refused_ = false, rationing_ = false;
  unsigned silent_retries_ = 0;  ///< unanswered retransmissions since one was refused
};

}  // namespace sluice::scan
