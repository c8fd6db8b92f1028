// SPDX-License-Identifier: Apache-2.0
#include "scan/probe_queue.hpp"

#include <algorithm>
#include <cassert>

namespace sluice::scan {

ProbeQueue::ProbeQueue(std::size_t ports, unsigned max_retries)
    : ports_(static_cast<std::uint32_t>(ports)), max_retries_(max_retries), allowed_(std::min(1u, max_retries)) {}

bool ProbeQueue::next_is_retry() const noexcept {
  if (next_is_unsent()) return !unsent_.empty() && unsent_.front().retry > 0;
  return !retries_.empty() && (turn_of_retry_ || next_ == ports_);
}

Attempt ProbeQueue::pop() {
  assert(!empty());
  if (next_is_unsent()) {
    const Attempt attempt = unsent_.front();
    unsent_.pop_front();
    return attempt;
  }
  if (!next_is_retry()) {
    turn_of_retry_ = true;
    return {next_++, 0};
  }
  turn_of_retry_ = false;
  const Attempt attempt = retries_.front();
  retries_.pop_front();
  return attempt;
}

bool ProbeQueue::silent(Attempt attempt) {
  ++attempt.retry;
  if (attempt.retry <= allowed_) {
    retries_.push_back(attempt);
    return false;
  }
  if (attempt.retry <= max_retries_) given_up_.push_back(attempt);
  return true;
}

void ProbeQueue::answered(Attempt attempt) {
  const unsigned allowed = std::min(max_retries_, attempt.retry + 2);
  if (attempt.retry == 0 || allowed <= allowed_) return;
  allowed_ = allowed;
  retries_.insert(retries_.end(), given_up_.begin(), given_up_.end());
  given_up_.clear();
}

}  // namespace sluice::scan
