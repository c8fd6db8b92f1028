#pragma once

#include <atomic>
#include <csignal>
#include <ctime>

#include "core/cpu_timer.hpp"

namespace sluice::net {

/// CPU time of the calling thread. Async-signal-safe.
std::chrono::nanoseconds thread_cpu_time() noexcept;

/// Ticks by SIGVTALRM, which a timer on the CPU clock of the watched thread sends (timer_create(2)). The first start()
/// of a process installs the handler of the signal.
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

/// Ticks from the hook of Lua that counts instructions, and needs no signal. Sees no time that C functions take.
class CountingCpuTimer final : public core::CpuTimer {
 public:
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept override { return thread_cpu_time(); }
  void start(core::CpuTimerTarget& target) noexcept override { target_ = &target; }
  void set(std::chrono::nanoseconds first, std::chrono::nanoseconds period) noexcept override;
  [[nodiscard]] int stride() const noexcept override { return 10'000; }
  void count() noexcept override;

 private:
  core::CpuTimerTarget* target_ = nullptr;
  /// `next_` is in nanoseconds on the thread's CPU clock; 0: after `first_` from the next count().
  std::atomic<std::int64_t> first_ = 0, period_ = 0, next_ = 0;
};

}  // namespace sluice::net
