#pragma once

#include <chrono>

namespace sluice::core {

/// Receives the ticks of a CpuTimer.
class CpuTimerTarget {
 public:
  virtual ~CpuTimerTarget() = default;
  /// Called on the watched thread, at any instruction: only async-signal-safe functions may be called. `context`: that
  /// of the signal handler; null if there is none.
  virtual void on_tick(void* context) noexcept = 0;
};

/// Measures the CPU time of one thread of the system and ticks while it passes. Owned by a watchdog.
class CpuTimer {
 public:
  virtual ~CpuTimer() = default;
  /// CPU time of the calling thread. Async-signal-safe.
  [[nodiscard]] virtual std::chrono::nanoseconds now() const noexcept = 0;
  /// Watches the calling thread from now on. `target` must outlive this object. Called once.
  virtual void start(CpuTimerTarget& target) noexcept = 0;
  /// Ticks after `first`, then after each `period` of CPU time. Without effect before start().
  /// Thread-safe; async-signal-safe.
  virtual void set(std::chrono::nanoseconds first, std::chrono::nanoseconds period) noexcept = 0;
  /// Instructions of Lua after which count() has to be called; 0: never, the ticks come by themselves.
  [[nodiscard]] virtual int stride() const noexcept { return 0; }
  /// `stride()` instructions have passed on the watched thread.
  virtual void count() noexcept {}
};

}  // namespace sluice::core
