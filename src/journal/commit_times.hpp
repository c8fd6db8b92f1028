// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "base/clock.hpp"

namespace sluice::journal {

/// Decides when the waiting events of a journal are committed: 200 ms after the first of them, 20 ms after the last
/// commit if a host has finished, at once if there are 512 of them. Not thread-safe.
class CommitTimes {
 public:
  static constexpr std::size_t kRows = 512;
  static constexpr Duration kLongest = std::chrono::milliseconds(200), kShortest = std::chrono::milliseconds(20);

  /// Notes that an event waits. `ends_host`: it is the report of a host, or the end of the run.
  void note_event(TimePoint now, bool ends_host) noexcept {
    due_ = std::min(due_, now + kLongest);
    if (ends_host) due_ = std::min(due_, std::max(now, last_commit_ + kShortest));
    if (++waiting_ >= kRows) due_ = now;
  }
  /// Notes that all waiting events are committed.
  void note_commit(TimePoint now) noexcept {
    last_commit_ = now;
    waiting_ = 0;
    due_ = kNever;
  }
  /// Returns the time of the next commit; kNever if no event waits.
  [[nodiscard]] TimePoint due() const noexcept { return due_; }

 private:
  TimePoint due_ = kNever, last_commit_{};
  std::size_t waiting_ = 0;
};

}  // namespace sluice::journal
