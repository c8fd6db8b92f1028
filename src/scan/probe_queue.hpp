// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace sluice::scan {

/// One transmission of the probe of a port. `port`: index in the order of the probes. `retry`: 0 is the first
/// transmission.
struct Attempt {
  std::uint32_t port = 0;
  unsigned retry = 0;
};

/// Determines the order of the attempts at the ports of one host. A port without an answer is probed a second time. A
/// host loses probes if it answers a retransmission; then further retransmissions are allowed, up to two more than the
/// answered one needed, also for ports that were given up before. All operations are O(1), amortised. Not thread-safe.
class ProbeQueue {
 public:
  /// `ports`: number of ports. `max_retries`: limit of retransmissions per port.
  ProbeQueue(std::size_t ports, unsigned max_retries);

  /// True if there is no attempt to make now. Ports may be in flight or given up.
  [[nodiscard]] bool empty() const noexcept { return next_ == ports_ && retries_.empty() && unsent_.empty(); }
  /// True if pop() returns a retransmission. Retransmissions and first attempts alternate.
  [[nodiscard]] bool next_is_retry() const noexcept;
  /// Removes and returns the next attempt. REQUIRES: not empty().
  Attempt pop();

  /// Records that an attempt got no answer. Returns true if the port is given up for now, false if it will be retried.
  bool silent(Attempt attempt);
  /// Records that an attempt could not be sent. It is repeated after all other attempts.
  void unsent(Attempt attempt) { unsent_.push_back(attempt); }
  /// Records that an attempt was answered.
  void answered(Attempt attempt);

 private:
  [[nodiscard]] bool next_is_unsent() const noexcept { return next_ == ports_ && retries_.empty(); }

  std::uint32_t ports_;
  std::uint32_t next_ = 0;
  std::deque<Attempt> retries_, unsent_;
  std::vector<Attempt> given_up_;
  unsigned max_retries_;
  unsigned allowed_;  ///< retransmissions that a port may have now
  bool turn_of_retry_ = true;
};

}  // namespace sluice::scan
