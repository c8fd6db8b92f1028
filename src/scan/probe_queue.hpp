#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace sluice::scan {

/// One attempt at one port: which (its place among the host's ports), and the how many-th retransmission (0: none).
struct Attempt {
  std::uint32_t port = 0;
  unsigned retry = 0;
};

/// Which port of a host is probed next. A silent port is probed once more; further retransmissions are only spent on a
/// host known to lose probes, which is one that answered a retransmission: then up to two more than what was answered,
/// and ports given up before get another chance. All O(1), amortised over the probes.
class ProbeQueue {
 public:
  /// So many ports, probed first in the order of their places.
  ProbeQueue(std::size_t ports, unsigned max_retries);

  /// Is there nothing to send now? (Ports may be in flight, or given up.)
  [[nodiscard]] bool empty() const noexcept { return next_ == ports_ && retries_.empty() && unsent_.empty(); }
  /// Will pop() give a retransmission? Retransmissions and new ports take turns.
  [[nodiscard]] bool next_is_retry() const noexcept;
  /// The next attempt; the queue must not be empty.
  Attempt pop();

  /// That attempt got no answer. True if the port is given up (for now), false if it will be tried again.
  bool silent(Attempt attempt);
  /// That attempt could not be sent. It comes once more, after all others that can be made now.
  void unsent(Attempt attempt) { unsent_.push_back(attempt); }
  /// That attempt was answered.
  void answered(Attempt attempt);

 private:
  [[nodiscard]] bool next_is_unsent() const noexcept { return next_ == ports_ && retries_.empty(); }

  std::uint32_t ports_;
  std::uint32_t next_ = 0;
  std::deque<Attempt> retries_, unsent_;
  std::vector<Attempt> given_up_;
  unsigned max_retries_;
  unsigned allowed_;  ///< retransmissions that a port gets now
  bool turn_of_retry_ = true;
};

}  // namespace sluice::scan
