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

/// CPU time that a script thread may use without waiting for anything.
struct CpuLimits {
  std::chrono::nanoseconds preempt_after{std::chrono::seconds(1)};  ///< of one resume, until the thread is preempted
  std::chrono::nanoseconds slice{std::chrono::milliseconds(50)};    ///< of each resume after that
  std::chrono::nanoseconds budget{std::chrono::seconds(60)};  ///< over all slices, until it is killed; 0: no bound
  /// True if threads are preempted at all: a budget that ends earlier kills at once.
  [[nodiscard]] bool preempting() const noexcept { return budget.count() == 0 || budget >= preempt_after; }
};

/// Watches the CPU time of Lua on one thread of the system. At each tick of its CpuTimer it compares the time of the
/// burst that runs with the limits, and sets `hook` on the running coroutine if one is exceeded, which lua_sethook
/// allows from a signal handler. Otherwise no hook is set, unless the timer has to count instructions.
///
/// A burst is the CPU time of a script thread without waiting, over all of its slices. One that goes on far beyond its
/// budget is stuck inside a C function: `stuck` is called, on a thread of its own, and does not return. From then on
/// the stuck thread stands still if the C function returns. An empty `stuck` turns this off.
///
/// Owned by the Shard; outlives the Runtime. Not thread-safe, except for shorten_limit; the watched thread is the one
/// that calls start first.
class CpuWatchdog final : private core::CpuTimerTarget {
 public:
  CpuWatchdog(CpuLimits limits, lua_Hook hook, std::unique_ptr<core::CpuTimer> timer, std::function<void()> stuck);
  ~CpuWatchdog() override;
  CpuWatchdog(const CpuWatchdog&) = delete;
  CpuWatchdog& operator=(const CpuWatchdog&) = delete;

  /// Starts a burst in this coroutine, with the CPU budget of a script thread.
  void start(lua_State* coroutine) noexcept { start(coroutine, limits_.budget); }
  /// The same with a budget of its own; 0: no bound.
  void start(lua_State* coroutine, std::chrono::nanoseconds budget) noexcept;
  /// Continues the burst of a preempted thread, which has `used` so much.
  void begin_slice(lua_State* coroutine, std::chrono::nanoseconds used) noexcept;
  /// Continues the burst in another coroutine; returns the one it was in.
  lua_State* enter(lua_State* coroutine) noexcept {
    lua_State* before = running_.exchange(coroutine, std::memory_order_relaxed);
    stand_still_if_stuck();
    if (coroutine && due() != Due::Nothing) lua_sethook(coroutine, hook_, LUA_MASKCOUNT, 1);
    return before;
  }
  /// Lua runs no longer.
  void end() noexcept;
  /// Does not return once `stuck` is to be called. For `hook`, too.
  void stand_still_if_stuck() const noexcept {
    while (given_up_.load(std::memory_order_relaxed)) ::pause();
  }

  /// What is to become of the burst that runs.
  enum class Due : std::uint8_t { Nothing, Preempt, Kill };
  [[nodiscard]] Due due() const noexcept {
    const bool current = running_.load(std::memory_order_relaxed) &&
                         due_burst_.load(std::memory_order_relaxed) == burst_.load(std::memory_order_relaxed);
    return current ? due_.load(std::memory_order_relaxed) : Due::Nothing;
  }
  [[nodiscard]] bool over_budget() const noexcept { return due() == Due::Kill; }
  /// For the code that runs, inside of Lua: its burst is preempted or killed as if a limit were exceeded. Where none
  /// runs, nothing happens.
  void demand(Due due) noexcept;
  /// CPU time of the burst that runs, as far as the timer has seen it.
  [[nodiscard]] std::chrono::nanoseconds used() const noexcept;

  /// Removes `hook` from a coroutine. Where the timer counts instructions, its own hook takes the place.
  void clear_hook(lua_State* state) const noexcept;
  /// The hook of a timer that counts instructions.
  void count() noexcept { timer_->count(); }

  /// Leaves a C function that runs for long and calls nothing, without return, if the interrupted instruction belongs
  /// to it. Called by the signal handler while the burst is over its budget; `context` is its third argument.
  using Escape = void (*)(const void* context) noexcept;
  void set_escape(Escape escape) noexcept { escape_.store(escape, std::memory_order_relaxed); }

  /// From now on no burst is longer than 0.4 s. Thread-safe; async-signal-safe.
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
  std::atomic<std::uint64_t> burst_{1}, due_burst_{0};  ///< numbers; a slice has a new one
  std::atomic<Due> due_{Due::Nothing};
  std::atomic<std::chrono::nanoseconds> budget_{std::chrono::nanoseconds(0)};  ///< of the burst that runs
  // Of the burst that the handler saw last. Only the handler, or begin_slice while nothing runs, writes them.
  std::uint64_t seen_ = 0;
  std::chrono::nanoseconds since_{0};   ///< on the CPU clock
  std::chrono::nanoseconds before_{0};  ///< used in earlier slices
  std::chrono::nanoseconds until_preempted_{0};
  std::atomic<bool> started_{false}, slicing_{false};
  ::sem_t stuck_;
  std::atomic<bool> shortened_{false}, over_{false};
  std::atomic<bool> given_up_{false};  ///< by the signal handler: `stuck` is to be called
  std::thread last_resort_;
};

}  // namespace sluice::nse
