#include "nse/cpu_watchdog.hpp"

#include <algorithm>
#include <cerrno>

#include "nse/lpeg_lib.hpp"

namespace sluice::nse {

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono::nanoseconds;

constexpr nanoseconds kShortLimit = 400ms, kStuckAfterShortLimit = 1200ms;
constexpr nanoseconds kFinest = 1ms;  ///< between two looks
constexpr int kLooks = 8;             ///< within a limit

nanoseconds cpu_time() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

timespec to_timespec(nanoseconds time) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {seconds.count(), (time - seconds).count()};
}

/// How much beyond its budget a burst may go before it counts as stuck: a C function may come to its end by itself.
nanoseconds patience(nanoseconds budget) noexcept { return std::min<nanoseconds>(14 * budget, 60s); }

}  // namespace

CpuWatchdog::CpuWatchdog(CpuLimits limits, lua_Hook hook, std::function<void()> stuck) : limits_(limits), hook_(hook) {
  ::sem_init(&stuck_, 0, 0);
  last_resort_ = std::thread([this, stuck = std::move(stuck)] {
    while (::sem_wait(&stuck_) != 0) {  // a signal came
    }
    if (!over_.load()) stuck();
  });
}

CpuWatchdog::~CpuWatchdog() {
  if (started_) ::timer_delete(timer_);
  over_.store(true);
  ::sem_post(&stuck_);
  last_resort_.join();
  ::sem_destroy(&stuck_);
}

void CpuWatchdog::start(lua_State* coroutine, nanoseconds budget) noexcept {
  if (!started_) start_timer();
  budget_.store(budget, std::memory_order_relaxed);
  burst_.store(burst_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  running_.store(coroutine, std::memory_order_relaxed);
}

void CpuWatchdog::begin_slice(lua_State* coroutine, nanoseconds used) noexcept {
  running_.store(nullptr, std::memory_order_relaxed);  // the handler leaves the rest alone
  std::atomic_signal_fence(std::memory_order_seq_cst);
  budget_.store(limits_.budget, std::memory_order_relaxed);
  burst_.store(burst_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  seen_ = burst_.load(std::memory_order_relaxed);
  since_ = cpu_time();
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
  return before_ + cpu_time() - since_;
}

void CpuWatchdog::demand(Due wanted) noexcept {
  lua_State* running = running_.load(std::memory_order_relaxed);
  if (!running || due() >= wanted) return;
  due_.store(wanted, std::memory_order_relaxed);
  due_burst_.store(burst_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  lua_sethook(running, hook_, LUA_MASKCOUNT, 1);
}

void CpuWatchdog::start_timer() noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGVTALRM, &action, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGVTALRM;
  event.sigev_value.sival_ptr = this;
  event._sigev_un._tid = ::gettid();
  if (::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0) return;
  started_ = true;
  set_timer();
}

void CpuWatchdog::set_timer() noexcept {
  nanoseconds shortest = limits_.preempting() ? limits_.preempt_after : limits_.budget;
  if (shortened()) shortest = std::min(shortest, kShortLimit);
  nanoseconds first = std::max(shortest / kLooks, kFinest), period = first;
  if (slicing_) {
    first = std::max(limits_.slice, kFinest);
    period = std::max(limits_.slice / kLooks, kFinest);
  }
  const itimerspec times{to_timespec(period), to_timespec(first)};
  ::timer_settime(timer_, 0, &times, nullptr);
}

void CpuWatchdog::shorten_limit() noexcept {
  shortened_ = true;
  if (started_) set_timer();
}

void CpuWatchdog::on_signal(int, siginfo_t* info, void* context) noexcept {
  if (info->si_code != SI_TIMER) return;
  const int before = errno;
  auto& watchdog = *static_cast<CpuWatchdog*>(info->si_value.sival_ptr);
  watchdog.tick();
  errno = before;
  if (watchdog.over_budget()) leave_match(context);
}

void CpuWatchdog::tick() noexcept {
  lua_State* running = running_.load(std::memory_order_relaxed);
  if (!running) return;
  const std::uint64_t burst = burst_.load(std::memory_order_relaxed);
  const nanoseconds now = cpu_time();
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
  lua_sethook(running, hook_, LUA_MASKCOUNT, 1);  // again each time: the coroutine may be another one by now
  const bool stuck =
      (over_budget && all >= budget + patience(budget)) || (shortened() && here >= kStuckAfterShortLimit);
  if (stuck && !given_up_.exchange(true, std::memory_order_relaxed)) ::sem_post(&stuck_);
}

}  // namespace sluice::nse
