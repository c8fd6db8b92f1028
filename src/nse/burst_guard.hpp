#pragma once

#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <functional>
#include <lua.hpp>
#include <thread>

namespace sluice::nse {

/// Watches for Lua that computes without end. While all is well nothing is traced: a timer on the CPU clock of the
/// engine's thread looks whether the same stretch of Lua is still running, and once that has used up its burst sets
/// `hook` on the coroutine that runs, which lua_sethook allows from a signal handler. A stretch that goes on for
/// fifteen bursts all the same, three if the run is to end soon, is stuck inside a C function: `stuck` is called, on a
/// thread of its own, and is not expected to return. The thread that is stuck stands still from then on: should the C
/// function return, nothing of what it belongs to is touched any more.
///
/// One thread only, the one that calls begin first; the signal is SIGVTALRM.
class BurstGuard {
 public:
  /// `burst` 0: watches nothing.
  BurstGuard(std::chrono::milliseconds burst, lua_Hook hook, std::function<void()> stuck);
  ~BurstGuard();
  BurstGuard(const BurstGuard&) = delete;
  BurstGuard& operator=(const BurstGuard&) = delete;

  /// Lua runs, in this coroutine. Counting begins anew.
  void begin(lua_State* coroutine) noexcept;
  /// The same stretch goes on in another coroutine; returns the one it was in.
  lua_State* enter(lua_State* coroutine) noexcept {
    lua_State* before = running_.exchange(coroutine, std::memory_order_relaxed);
    stand_still_if_stuck();
    return before;
  }
  /// Lua runs no longer.
  void end() noexcept {
    running_.store(nullptr, std::memory_order_relaxed);
    stand_still_if_stuck();
  }
  /// For `hook`, too: does not return once `stuck` is to be called.
  void stand_still_if_stuck() const noexcept {
    while (given_up_.load(std::memory_order_relaxed)) ::pause();
  }
  /// The run is to end soon: from now on no burst is longer than 0.4 s. From any thread.
  void hurry() noexcept;
  [[nodiscard]] bool hurried() const noexcept { return hurried_; }
  /// Has the stretch that runs used up its burst?
  [[nodiscard]] bool condemned() const noexcept {
    return running_.load(std::memory_order_relaxed) &&
           condemned_.load(std::memory_order_relaxed) == stretch_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::chrono::milliseconds burst() const noexcept { return burst_; }

 private:
  static constexpr unsigned kTicksPerBurst = 8, kBurstsUntilStuck = 15, kBurstsUntilStuckInHurry = 3;
  static void on_signal(int, siginfo_t* info, void*) noexcept;
  void start() noexcept;
  void set_timer() noexcept;
  void tick() noexcept;

  std::chrono::milliseconds burst_;
  lua_Hook hook_;
  std::atomic<lua_State*> running_{nullptr};
  std::atomic<std::uint64_t> stretch_{1}, condemned_{0};
  std::uint64_t seen_ = 0;  ///< by the signal handler, as is ticks_
  unsigned ticks_ = 0;
  std::atomic<bool> started_{false};
  ::timer_t timer_{};
  ::sem_t stuck_;
  std::atomic<bool> hurried_{false}, over_{false};
  std::atomic<bool> given_up_{false};  ///< by the signal handler: `stuck` is to be called
  std::thread last_resort_;
};

}  // namespace sluice::nse
