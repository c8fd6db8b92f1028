// SPDX-License-Identifier: Apache-2.0
#include "native/signal_cpu_timer.hpp"

#include <unistd.h>

#include <cerrno>

namespace sluice::net {

namespace {

using std::chrono::nanoseconds;

timespec to_timespec(nanoseconds time) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {seconds.count(), (time - seconds).count()};
}

}  // namespace

nanoseconds thread_cpu_time() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

SignalCpuTimer::~SignalCpuTimer() {
  if (started_) ::timer_delete(timer_);
}

void SignalCpuTimer::start(core::CpuTimerTarget& target) noexcept {
  target_ = &target;
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGVTALRM, &action, nullptr);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGVTALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGVTALRM;
  event.sigev_value.sival_ptr = this;
  event._sigev_un._tid = ::gettid();
  started_ = ::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0;
}

void SignalCpuTimer::set(nanoseconds first, nanoseconds period) noexcept {
  if (!started_) return;
  const int before = errno;
  const itimerspec times{to_timespec(period), to_timespec(first)};
  ::timer_settime(timer_, 0, &times, nullptr);  // fails if the thread has ended
  errno = before;
}

void SignalCpuTimer::on_signal(int, siginfo_t* info, void* context) noexcept {
  if (info->si_code != SI_TIMER) return;
  const int before = errno;
  static_cast<SignalCpuTimer*>(info->si_value.sival_ptr)->target_->on_tick(context);
  errno = before;
}

void CountingCpuTimer::set(nanoseconds first, nanoseconds period) noexcept {
  first_ = first.count();
  period_ = period.count();
  next_ = 0;
}

void CountingCpuTimer::count() noexcept {
  if (!target_) return;
  const std::int64_t now = this->now().count(), next = next_;
  if (next == 0) {
    next_ = now + first_;
  } else if (now >= next) {
    next_ = now + period_;
    target_->on_tick(nullptr);
  }
}

}  // namespace sluice::net
