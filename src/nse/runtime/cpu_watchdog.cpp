// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/cpu_watchdog.hpp"

#include <algorithm>
#include <utility>

#include "lua/state.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono::nanoseconds;

constexpr nanoseconds kShortLimit = 400ms, kStuckAfterShortLimit = 1200ms;
constexpr nanoseconds kFinest = 1ms;  ///< minimum period of the ticks
constexpr int kLooks = 8;             ///< ticks per limit

/// Returns by how much a measurement may exceed its budget before the thread counts as stuck. A C function may return
/// by itself until then.
nanoseconds patience(nanoseconds budget) noexcept { return std::min<nanoseconds>(14 * budget, 60s); }

void on_count(lua_State* state, lua_Debug*) { lua::owner<Runtime>(state).watchdog.count(); }

}  // namespace

CpuWatchdog::CpuWatchdog(CpuLimits limits, lua_Hook hook, std::unique_ptr<core::CpuTimer> timer,
                         std::function<void()> stuck)
    : limits_(limits), hook_(hook), timer_(std::move(timer)) {
  ::sem_init(&stuck_, 0, 0);
  if (!stuck) return;
  last_resort_ = std::thread([this, stuck = std::move(stuck)] {
    while (::sem_wait(&stuck_) != 0) {  // interrupted by a signal
    }
    if (!over_.load()) stuck();
  });
}

CpuWatchdog::~CpuWatchdog() {
  over_.store(true);
  ::sem_post(&stuck_);
  if (last_resort_.joinable()) last_resort_.join();
  ::sem_destroy(&stuck_);
}

void CpuWatchdog::start(lua_State* coroutine, nanoseconds budget) noexcept {
  if (!started_.exchange(true)) {
    timer_->start(*this);
    set_timer();
  }
  budget_.store(budget, std::memory_order_relaxed);
  burst_.store(burst_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  running_.store(coroutine, std::memory_order_relaxed);
}

void CpuWatchdog::begin_slice(lua_State* coroutine, nanoseconds used) noexcept {
  running_.store(nullptr, std::memory_order_relaxed);  // so that the signal handler does not use the members below
  std::atomic_signal_fence(std::memory_order_seq_cst);
  budget_.store(limits_.budget, std::memory_order_relaxed);
  burst_.store(burst_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  seen_ = burst_.load(std::memory_order_relaxed);
  since_ = timer_->now();
  before_ = used;
  until_preempted_ = limits_.slice;
  slicing_ = true;
  set_timer();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  running_.store(coroutine, std::memory_order_relaxed);
}

void CpuWatchdog::end() noexcept {
  running_.store(nullptr, std::memory_order_relaxed);
  stand_still_if_stuck();
  if (!slicing_) return;
  slicing_ = false;
  set_timer();
}

nanoseconds CpuWatchdog::used() const noexcept {
  if (seen_ != burst_.load(std::memory_order_relaxed)) return {};
  return before_ + timer_->now() - since_;
}

void CpuWatchdog::demand(Due wanted) noexcept {
  lua_State* running = running_.load(std::memory_order_relaxed);
  if (!running || due() >= wanted) return;
  due_.store(wanted, std::memory_order_relaxed);
  due_burst_.store(burst_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  lua_sethook(running, hook_, LUA_MASKCOUNT, 1);
}

void CpuWatchdog::set_timer() noexcept {
  nanoseconds shortest = limits_.preempting() ? limits_.preempt_after : limits_.budget;
  if (shortened()) shortest = std::min(shortest, kShortLimit);
  nanoseconds first = std::max(shortest / kLooks, kFinest), period = first;
  if (slicing_) {
    first = std::max(limits_.slice, kFinest);
    period = std::max(limits_.slice / kLooks, kFinest);
  }
  timer_->set(first, period);
}

void CpuWatchdog::shorten_limit() noexcept {
  shortened_ = true;
  if (started_) set_timer();
}

void CpuWatchdog::on_tick(void* context) noexcept {
  tick();
  const Escape escape = escape_.load(std::memory_order_relaxed);
  if (context && escape && over_budget()) escape(context);
}

void CpuWatchdog::clear_hook(lua_State* state) const noexcept {
  const int stride = timer_->stride();
  lua_sethook(state, stride > 0 ? on_count : nullptr, stride > 0 ? LUA_MASKCOUNT : 0, stride);
}

void CpuWatchdog::set_further_hook(lua_State* state, lua_Hook further, int events) const noexcept {
  const int stride = timer_->stride();
  lua_sethook(state, further, stride > 0 ? events | LUA_MASKCOUNT : events, stride);
}

void CpuWatchdog::tick() noexcept {
  lua_State* running = running_.load(std::memory_order_relaxed);
  if (!running) return;
  const std::uint64_t burst = burst_.load(std::memory_order_relaxed);
  const nanoseconds now = timer_->now();
  if (burst != seen_) {
    seen_ = burst;
    since_ = now;
    before_ = {};
    until_preempted_ = limits_.preempt_after;
    return;
  }
  const nanoseconds here = now - since_, all = before_ + here;
  const nanoseconds budget = budget_.load(std::memory_order_relaxed);
  const bool over_budget = budget.count() > 0 && all >= budget;
  const bool over_short_limit = shortened() && here >= kShortLimit;
  Due due = Due::Nothing;
  if (over_budget || over_short_limit)
    due = Due::Kill;
  else if (limits_.preempting() && here >= until_preempted_)
    due = Due::Preempt;
  if (due == Due::Nothing) return;
  due_.store(due, std::memory_order_relaxed);
  due_burst_.store(burst, std::memory_order_relaxed);
  lua_sethook(running, hook_, LUA_MASKCOUNT, 1);  // at each tick, because another coroutine may run now
  const bool stuck =
      (over_budget && all >= budget + patience(budget)) || (shortened() && here >= kStuckAfterShortLimit);
  if (stuck && last_resort_.joinable() && !given_up_.exchange(true, std::memory_order_relaxed)) ::sem_post(&stuck_);
}

}  // namespace sluice::nse
