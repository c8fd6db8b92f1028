// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <semaphore.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/scoped_signal_mask.hpp"

namespace sluice::cli {

namespace {

constexpr int kEnding[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// The data of the signal handler.
sem_t something;
std::atomic<int> endings, last_ending, first_ending;
std::atomic<bool> stats_wanted, pause_wanted, was_resized;

void on_signal(int number) {
  const int before = errno;
  if (number == SIGUSR1) {
    stats_wanted = true;
  } else if (number == SIGTSTP) {
    pause_wanted = true;
  } else if (number == SIGWINCH) {
    was_resized = true;
  } else {
    int none = 0;
    first_ending.compare_exchange_strong(none, number);
    last_ending = number;
    ++endings;
  }
  ::sem_post(&something);
  errno = before;
}

}  // namespace

Signals::Signals(Actions actions, std::chrono::milliseconds patience)
    : actions_(std::move(actions)), patience_(patience) {
  endings = last_ending = first_ending = 0;
  stats_wanted = pause_wanted = was_resized = false;
  ::sem_init(&something, 0, 0);

  // The thread blocks signals, so that they interrupt system calls of the other threads.
  const ScopedSignalMask inherited;
  try {
    server_ = std::thread([this] { serve(); });
  } catch (const std::system_error& failure) {
    ::sem_destroy(&something);
    throw std::system_error(failure.code(), "cannot start the thread for signals");
  }
  const auto take = [this](int number) {
    struct sigaction action {
    }, old{};
    ::sigaction(number, nullptr, &old);
    if (old.sa_handler == SIG_IGN) return;
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(number, &action, nullptr);
    before_.emplace_back(number, old);
  };
  for (const int number : kEnding) take(number);
  take(SIGUSR1);
  if (actions_.pause) take(SIGTSTP);
  if (actions_.resized) take(SIGWINCH);
}

Signals::~Signals() {
  for (const auto& [number, action] : before_) ::sigaction(number, &action, nullptr);
  over_ = true;
  ::sem_post(&something);
  server_.join();
  ::sem_destroy(&something);
}

int Signals::received() const noexcept { return first_ending; }

void Signals::stop_process() {
  actions_.pause();
  struct sigaction action {
  }, ours{};
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGTSTP, &action, &ours);
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
  ::pthread_kill(::pthread_self(), SIGTSTP);  // stops all threads; returns after SIGCONT
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  ::sigaction(SIGTSTP, &ours, nullptr);
  actions_.resume();
}

bool Signals::wait() {
  for (;;) {
    if ((latest_ ? ::sem_clockwait(&something, CLOCK_MONOTONIC, &*latest_) : ::sem_wait(&something)) == 0) return true;
    if (errno == ETIMEDOUT) return false;
  }
}

void Signals::serve() {
  int served = 0;
  while (!over_) {
    if (!wait()) {
      latest_.reset();
      static_assert(kPatience == std::chrono::seconds(8), "the message names the time");
      actions_.at_once(first_ending, "the run did not end within 8 s after a signal");
    }
    if (stats_wanted.exchange(false)) actions_.report_stats();
    if (was_resized.exchange(false)) actions_.resized();
    if (pause_wanted.exchange(false)) stop_process();
    for (const int now = endings; served < now; ++served) {
      if (served == 0) {
        const auto end = std::chrono::steady_clock::now().time_since_epoch() + patience_;
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(end);
        latest_ = timespec{seconds.count(), std::chrono::nanoseconds(end - seconds).count()};
        actions_.stop();
      } else {
        actions_.at_once(last_ending, "a second signal ended the run at once");
      }
    }
  }
}

}  // namespace sluice::cli
