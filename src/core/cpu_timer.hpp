// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace sluice::core {

/// Receives the ticks of a CpuTimer.
class CpuTimerTarget {
 public:
  virtual ~CpuTimerTarget() = default;
  /// Handles a tick. `context`: the machine context that the signal handler received; null if the tick came by
  /// CpuTimer::count(). May run on the watched thread between any two instructions. REQUIRES of implementations:
  /// async-signal-safe.
  virtual void on_tick(void* context) noexcept = 0;
};

/// Measures the CPU time of one OS thread and ticks while that time passes. Owned by a watchdog.
class CpuTimer {
 public:
  virtual ~CpuTimer() = default;
  /// Returns the CPU time of the calling OS thread. Async-signal-safe.
  [[nodiscard]] virtual std::chrono::nanoseconds now() const noexcept = 0;
  /// Starts to watch the calling OS thread. `target` must outlive this object. REQUIRES: not called before.
  virtual void start(CpuTimerTarget& target) noexcept = 0;
  /// Schedules a tick after `first`, and further ones after each `period`, of CPU time of the watched thread. If
  /// `first` is 0, the ticks stop. Has no effect before start(). Thread-safe. Async-signal-safe.
  virtual void set(std::chrono::nanoseconds first, std::chrono::nanoseconds period) noexcept = 0;
  /// Returns the number of Lua instructions after which the owner must call count(). 0: never; the ticks come by
  /// signals.
  [[nodiscard]] virtual int stride() const noexcept { return 0; }
  /// Records that the watched thread has executed stride() Lua instructions. May call CpuTimerTarget::on_tick.
  virtual void count() noexcept {}
};

}  // namespace sluice::core
