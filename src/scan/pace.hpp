#pragma once

#include <cstddef>

#include "scan/timing.hpp"

namespace sluice::scan {

/// What became of one probe.
enum class Outcome : std::uint8_t {
  Answered,  ///< by the port itself
  Refused,   ///< by the host or the network, in a way that they may ration (ICMP)
  Silent,
};

/// How many probes one host may have in flight, and how far apart they are sent. The window grows while nothing is lost
/// and is halved, once per flight, when a retransmission shows that a probe was; a quarter of them lost puts a growing
/// delay between probes. A refusal that comes late was rationed rather than lost and counts as an answer.
///
/// UDP: hosts ration their refusals, commonly to one per second. So once a host has refused, the retransmissions to
/// its silent ports go out one per second, until enough of them stayed silent to rule that out; one that is refused
/// proves it, and that pace stays.
class Pace {
 public:
  Pace(const Timing& timing, Protocol protocol) noexcept;

  [[nodiscard]] bool room(std::size_t in_flight) const noexcept {
    return in_flight < static_cast<std::size_t>(window_);
  }
  /// How long after the last probe the next may be sent.
  [[nodiscard]] Duration delay(bool next_is_retry) const noexcept;
  /// `in_flight`: how many there were, that one included.
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
  std::size_t recovering_ = 0;         ///< outcomes of probes sent before the last cut that are still to come
  unsigned answers_ = 0, losses_ = 0;  ///< since the delay last changed
  bool refused_ = false, rationing_ = false;
  unsigned silent_retries_ = 0;  ///< since something was last refused late
};

}  // namespace sluice::scan
