#pragma once

#include "base/clock.hpp"

namespace sluice::net {

/// Event loop of one thread: waits for descriptors, for functions that other threads post, and for wake(). Owned by the
/// Ports of a shard. Not thread-safe, except for wake().
class EventLoop {
 public:
  virtual ~EventLoop() = default;
  /// Sleeps until something has happened or the time has come, then handles what is ready.
  virtual void wait(TimePoint until) = 0;
  /// Handles what is ready, without sleeping; a bounded number of handlers. Returns true if all were handled.
  virtual bool poll() = 0;
  /// Ends a wait, the current or the next one. Thread-safe; async-signal-safe.
  virtual void wake() noexcept = 0;
  /// A descriptor that is readable while poll() has something to handle; -1 if there is none.
  [[nodiscard]] virtual int descriptor() const noexcept = 0;
};

}  // namespace sluice::net
