// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.hpp"

namespace sluice::net {

/// Event loop of one thread: waits for descriptors, for functions that other threads post, and for wake(). A handler
/// must not call wait() or poll(). Owned by the Ports of a shard. Not thread-safe, except for wake().
class EventLoop {
 public:
  virtual ~EventLoop() = default;
  /// Waits for an event until the point in time `until`, then handles the events that are ready.
  virtual void wait(TimePoint until) = 0;
  /// Handles the events that are ready, without waiting; at most a bounded number of them. Returns true if none is
  /// left.
  virtual bool poll() = 0;
  /// Ends the current wait, or the next one if there is none. Thread-safe; async-signal-safe.
  virtual void wake() noexcept = 0;
  /// Returns a descriptor that is readable while poll() has events to handle; -1 if the loop has no such descriptor.
  [[nodiscard]] virtual int descriptor() const noexcept = 0;
};

}  // namespace sluice::net
