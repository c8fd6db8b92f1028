// SPDX-License-Identifier: Apache-2.0
#include "native/epoll_event_loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace sluice::net {

namespace {

constexpr int kMaxBatches = 4;  ///< per poll()
constexpr std::uint64_t kWakeToken = UINT64_MAX;
constexpr std::chrono::milliseconds kMaxWait{3'600'000};

/// Returns the time left in milliseconds, rounded up, or -1 for kNever.
int timeout_until(TimePoint until) {
  if (until == kNever) return -1;
  const auto left = until - std::chrono::steady_clock::now();
  return static_cast<int>(std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left), {}, kMaxWait).count());
}

}  // namespace

EpollEventLoop::EpollEventLoop() {
  wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  set_ = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.u64 = kWakeToken;
  if (set_ >= 0 && ::epoll_ctl(set_, EPOLL_CTL_ADD, wake_, &interest) == 0) return;
  const int failure = errno;
  if (set_ >= 0) ::close(set_);
  ::close(wake_);
  throw std::system_error(failure, std::generic_category(), "epoll");
}

EpollEventLoop::~EpollEventLoop() {
  ::close(set_);
  ::close(wake_);
}

void EpollEventLoop::wait(TimePoint until) { handle_batch(has_pending() ? 0 : timeout_until(until)); }

bool EpollEventLoop::poll() {
  for (int batch = 0; batch < kMaxBatches; ++batch)
    if (handle_batch(0)) return true;
  return false;
}

void EpollEventLoop::wake() noexcept {
  const int before = errno;
  const std::uint64_t one = 1;
  // The write fails only if the counter is full, and then the loop wakes anyway.
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
  errno = before;
}

void EpollEventLoop::post(std::function<void()> function) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(function));
    has_posted_ = true;
  }
  wake();
}

bool EpollEventLoop::handle_batch(int timeout) {
  // Events of the last batch are left if a handler has thrown an exception.
  if (next_ == count_) {
    next_ = 0;
    count_ = std::max(0, ::epoll_wait(set_, events_.data(), static_cast<int>(events_.size()), timeout));
  }
  const bool full = count_ == static_cast<int>(events_.size());
  handle_events();
  // Deferred waits end after those of ready descriptors. Waits that are deferred meanwhile end in the next batch.
  running_.swap(deferred_);
  for (const WatchId id : running_) end_wait(id, Readiness::Both);
  running_.clear();
  if (has_posted_) run_posted();
  return !full && !has_pending();
}

void EpollEventLoop::handle_events() {
  while (next_ < count_) handle_event(events_[static_cast<std::size_t>(next_++)]);
}

void EpollEventLoop::handle_event(const epoll_event& event) {
  if (event.data.u64 == kWakeToken) {
    std::uint64_t count;
    [[maybe_unused]] const ssize_t taken = ::read(wake_, &count, sizeof count);
    return;
  }
  const bool failed = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
  const bool reads = failed || (event.events & EPOLLIN) != 0, writes = failed || (event.events & EPOLLOUT) != 0;
  end_wait(Handle::unpack(event.data.u64), static_cast<Readiness>((reads ? 1 : 0) | (writes ? 2 : 0)));
}

void EpollEventLoop::end_wait(WatchId id, Readiness what) {
  Watch* watch = watches_.find(id);
  // The event may belong to a wait that was cancelled.
  if (!watch || (watch->wanted & what) == Readiness::None) return;
  const Readiness ready = watch->wanted & what;
  watch->wanted = Readiness::None;
  watch->handler->on_ready(watch->cookie, ready);
}

void EpollEventLoop::run_posted() {
  std::vector<std::function<void()>> functions;
  {
    const std::lock_guard lock(mutex_);
    functions.swap(posted_);
    has_posted_ = false;
  }
  for (const auto& function : functions) function();
}

}  // namespace sluice::net
