// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <lua.hpp>
#include <memory>
#include <thread>

#include "core/cpu_timer.hpp"

namespace sluice::nse {

/// Bounds of the CPU time that a script thread uses without waiting.
struct CpuLimits {
  std::chrono::nanoseconds preempt_after{std::chrono::seconds(1)};  ///< CPU limit of a resume that is not a slice
  std::chrono::nanoseconds slice{std::chrono::milliseconds(50)};    ///< CPU limit of each resume after a preemption
  std::chrono::nanoseconds budget{std::chrono::seconds(60)};        ///< CPU budget, over all slices; 0: none
  /// True if threads are preempted. False if the budget is smaller than the limit: threads are killed first then.
  [[nodiscard]] bool preempting() const noexcept { return budget.count() == 0 || budget >= preempt_after; }
};

/// Measures the CPU time that Lua code uses on one OS thread, and sets `hook` on the running coroutine when a limit is
/// exceeded. It checks at each tick of its CpuTimer, in a signal handler; lua_sethook may be called from one.
/// Invariant: no other hook is set, unless the timer counts instructions, or set_further_hook was called.
///
/// A measurement, `burst` in the code, begins with start() or begin_slice() and lasts until end(). If one exceeds its
/// budget by far, the thread is stuck inside a C function. Then the watchdog calls `stuck` on a helper thread; `stuck`
/// must not return. If the C function returns after that, the watched thread is halted before it runs Lua code again.
/// An empty `stuck` turns this off.
///
/// Owned by the Shard; must outlive the Runtime. Not thread-safe, except for shorten_limit. The watched thread is the
/// one that calls start() first.
class CpuWatchdog final : private core::CpuTimerTarget {
 public:
  /// `stuck` is called on a helper thread.
  CpuWatchdog(CpuLimits limits, lua_Hook hook, std::unique_ptr<core::CpuTimer> timer, std::function<void()> stuck);
  ~CpuWatchdog() override;
  CpuWatchdog(const CpuWatchdog&) = delete;
  CpuWatchdog& operator=(const CpuWatchdog&) = delete;

  /// Starts a measurement in this coroutine, with the CPU budget of a script thread.
  void start(lua_State* coroutine) noexcept { start(coroutine, limits_.budget); }
  /// Starts a measurement with another budget; 0: none.
  void start(lua_State* coroutine, std::chrono::nanoseconds budget) noexcept;
  /// Continues the measurement of a preempted thread, which has used the CPU time `used` in earlier slices.
  void begin_slice(lua_State* coroutine, std::chrono::nanoseconds used) noexcept;
  /// Continues the measurement in another coroutine, which runs from now on. Returns the coroutine that ran before.
  lua_State* enter(lua_State* coroutine) noexcept {
    lua_State* before = running_.exchange(coroutine, std::memory_order_relaxed);
    stand_still_if_stuck();
    if (coroutine && due() != Due::Nothing) lua_sethook(coroutine, hook_, LUA_MASKCOUNT, 1);
    return before;
  }
  /// Ends the measurement. No Lua code runs until the next one starts.
  void end() noexcept;
  /// Halts the calling thread for ever if the watchdog has found it to be stuck. `hook` must call this, too.
  void stand_still_if_stuck() const noexcept {
    while (given_up_.load(std::memory_order_relaxed)) ::pause();
  }

  /// What has to be done with the script thread that is measured.
  enum class Due : std::uint8_t { Nothing, Preempt, Kill };
  [[nodiscard]] Due due() const noexcept {
    const bool current = running_.load(std::memory_order_relaxed) &&
                         due_burst_.load(std::memory_order_relaxed) == burst_.load(std::memory_order_relaxed);
    return current ? due_.load(std::memory_order_relaxed) : Due::Nothing;
  }
  [[nodiscard]] bool over_budget() const noexcept { return due() == Due::Kill; }
  /// Requests that the running script thread is preempted or killed, as if it had exceeded a limit. No effect if no
  /// measurement is under way. May be called from inside Lua's allocator.
  void demand(Due due) noexcept;
  /// CPU time of the current measurement since the first tick in it, plus that of earlier slices.
  [[nodiscard]] std::chrono::nanoseconds used() const noexcept;

  /// Removes `hook` from a coroutine. If the timer counts instructions, sets the counting hook instead.
  void clear_hook(lua_State* state) const noexcept;
  /// Sets a hook of the caller for these events. It is removed when a limit is exceeded. If the timer counts
  /// instructions, `further` receives LUA_HOOKCOUNT, too, and must then call count().
  void set_further_hook(lua_State* state, lua_Hook further, int events) const noexcept;
  /// Called by the counting hook.
  void count() noexcept { timer_->count(); }

  /// Leaves, by siglongjmp, a C function that runs for long and calls nothing. Returns if the interrupted instruction
  /// does not belong to that function. `context`: the third argument of the signal handler. The handler calls this at
  /// each tick while the measurement is over its budget.
  using Escape = void (*)(const void* context) noexcept;
  void set_escape(Escape escape) noexcept { escape_.store(escape, std::memory_order_relaxed); }

  /// From now on, a script thread is killed after 0.4 s of CPU time in one resume. Thread-safe; async-signal-safe.
  void shorten_limit() noexcept;
  [[nodiscard]] bool shortened() const noexcept { return shortened_; }
  [[nodiscard]] const CpuLimits& limits() const noexcept { return limits_; }

 private:
  void on_tick(void* context) noexcept override;
  void set_timer() noexcept;
  void tick() noexcept;

  const CpuLimits limits_;
  const lua_Hook hook_;
  const std::unique_ptr<core::CpuTimer> timer_;
  std::atomic<Escape> escape_{nullptr};
  std::atomic<lua_State*> running_{nullptr};
  /// Numbers of the current measurement, and of the one that `due_` is about. A slice has a number of its own.
  std::atomic<std::uint64_t> burst_{1}, due_burst_{0};
  std::atomic<Due> due_{Due::Nothing};
  std::atomic<std::chrono::nanoseconds> budget_{std::chrono::nanoseconds(0)};  ///< of the current measurement
  // About the measurement of the last tick. Written by the signal handler, and by begin_slice while no Lua code runs.
  std::uint64_t seen_ = 0;              ///< its number
  std::chrono::nanoseconds since_{0};   ///< CPU clock at its first tick, or at begin_slice
  std::chrono::nanoseconds before_{0};  ///< CPU time of earlier slices
  std::chrono::nanoseconds until_preempted_{0};
  std::atomic<bool> started_{false}, slicing_{false};
  ::sem_t stuck_;
  std::atomic<bool> shortened_{false}, over_{false};
  std::atomic<bool> given_up_{false};  ///< the signal handler has found the thread to be stuck
  std::thread last_resort_;
};

}  // namespace sluice::nse
