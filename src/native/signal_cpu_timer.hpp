// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <csignal>
#include <ctime>

#include "core/cpu_timer.hpp"

namespace sluice::net {

/// Returns the CPU time of the calling thread. Async-signal-safe.
std::chrono::nanoseconds thread_cpu_time() noexcept;

/// The CpuTimer that ticks by SIGVTALRM, from a timer on the CPU clock of the watched thread (timer_create(2)). start()
/// installs the handler of the signal. Owned by the CpuWatchdog. Threads: as for CpuTimer.
class SignalCpuTimer final : public core::CpuTimer {
 public:
  SignalCpuTimer() = default;
  ~SignalCpuTimer() override;
  SignalCpuTimer(const SignalCpuTimer&) = delete;
  SignalCpuTimer& operator=(const SignalCpuTimer&) = delete;

  [[nodiscard]] std::chrono::nanoseconds now() const noexcept override { return thread_cpu_time(); }
  void start(core::CpuTimerTarget& target) noexcept override;
  void set(std::chrono::nanoseconds first, std::chrono::nanoseconds period) noexcept override;

 private:
  static void on_signal(int, siginfo_t* info, void* context) noexcept;

  core::CpuTimerTarget* target_ = nullptr;
  ::timer_t timer_{};
  std::atomic<bool> started_ = false;
};

/// The CpuTimer that ticks from Lua's count hook and needs no signal. It does not tick while a C function runs. Owned
/// by the CpuWatchdog. Threads: as for CpuTimer.
class CountingCpuTimer final : public core::CpuTimer {
 public:
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept override { return thread_cpu_time(); }
  void start(core::CpuTimerTarget& target) noexcept override { target_ = &target; }
  void set(std::chrono::nanoseconds first, std::chrono::nanoseconds period) noexcept override;
  [[nodiscard]] int stride() const noexcept override { return 10'000; }
  void count() noexcept override;

 private:
  core::CpuTimerTarget* target_ = nullptr;
  /// Nanoseconds. `next_`: on the CPU clock of the thread; 0: the next count() sets it to `first_` from then.
  std::atomic<std::int64_t> first_ = 0, period_ = 0, next_ = 0;
};

}  // namespace sluice::net
