#include "nse/burst_guard.hpp"

#include <unistd.h>

#include <cerrno>

namespace sluice::nse {

BurstGuard::BurstGuard(std::chrono::milliseconds burst, lua_Hook hook, std::function<void()> stuck)
    : burst_(burst), hook_(hook) {
  ::sem_init(&stuck_, 0, 0);
  if (burst_.count() <= 0) return;
  last_resort_ = std::thread([this, stuck = std::move(stuck)] {
    while (::sem_wait(&stuck_) != 0) {  // a signal came
    }
    if (!over_.load()) stuck();
  });
}

BurstGuard::~BurstGuard() {
  if (started_) ::timer_delete(timer_);
  over_.store(true);
  ::sem_post(&stuck_);
  if (last_resort_.joinable()) last_resort_.join();
  ::sem_destroy(&stuck_);
}

void BurstGuard::begin(lua_State* coroutine) noexcept {
  if (!started_ && burst_.count() > 0) start();
  stretch_.store(stretch_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  running_.store(coroutine, std::memory_order_relaxed);
}

void BurstGuard::start() noexcept {
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

void BurstGuard::set_timer() noexcept {
  using std::chrono_literals::operator""ms;
  std::chrono::nanoseconds period = std::max(burst_, 8ms) / kTicksPerBurst;
  if (hurried()) period = std::min<std::chrono::nanoseconds>(period, 50ms);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(period);
  const timespec every{seconds.count(), (period - seconds).count()};
  const itimerspec times{every, every};
  ::timer_settime(timer_, 0, &times, nullptr);
}

void BurstGuard::hurry() noexcept {
  hurried_ = true;
  if (started_) set_timer();
}

void BurstGuard::on_signal(int, siginfo_t* info, void*) noexcept {
  const int before = errno;
  if (info->si_code == SI_TIMER) static_cast<BurstGuard*>(info->si_value.sival_ptr)->tick();
  errno = before;
}

void BurstGuard::tick() noexcept {
  lua_State* running = running_.load(std::memory_order_relaxed);
  const std::uint64_t stretch = stretch_.load(std::memory_order_relaxed);
  if (!running || stretch != seen_) {
    seen_ = stretch;
    ticks_ = 0;
    return;
  }
  ++ticks_;
  if (ticks_ < kTicksPerBurst) return;
  condemned_.store(stretch, std::memory_order_relaxed);
  lua_sethook(running, hook_, LUA_MASKCOUNT, 1);  // again each time: the coroutine may be another one by now
  if (ticks_ < kTicksPerBurst * (hurried() ? kBurstsUntilStuckInHurry : kBurstsUntilStuck)) return;
  if (!given_up_.exchange(true, std::memory_order_relaxed)) ::sem_post(&stuck_);
}

}  // namespace sluice::nse
