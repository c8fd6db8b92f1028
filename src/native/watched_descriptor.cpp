// SPDX-License-Identifier: Apache-2.0
#include "native/watched_descriptor.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sluice::net {

EpollEventLoop::Watch& WatchedDescriptor::watch() {
  if (!watch_) watch_ = loop_.watches_.emplace(EpollEventLoop::Watch{number_});
  return loop_.watches_.at(watch_);
}

int WatchedDescriptor::wait(Readiness wanted, ReadyHandler& handler, std::uint64_t cookie) {
  EpollEventLoop::Watch& watch = this->watch();
  epoll_event interest{};
  interest.events = EPOLLONESHOT | ((wanted & Readiness::Read) != Readiness::None ? EPOLLIN : 0U) |
                    ((wanted & Readiness::Write) != Readiness::None ? EPOLLOUT : 0U);
  interest.data.u64 = watch_.pack();
  const int operation = watch.registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (::epoll_ctl(loop_.set_, operation, number_, &interest) != 0) {
    watch.wanted = Readiness::None;
    return errno;
  }
  watch.registered = true;
  watch.wanted = wanted;
  watch.handler = &handler;
  watch.cookie = cookie;
  return 0;
}

void WatchedDescriptor::defer(ReadyHandler& handler, std::uint64_t cookie) {
  EpollEventLoop::Watch& watch = this->watch();
  loop_.deferred_.push_back(watch_);
  watch.wanted = Readiness::Both;
  watch.handler = &handler;
  watch.cookie = cookie;
}

void WatchedDescriptor::cancel() noexcept {
  if (EpollEventLoop::Watch* watch = loop_.watches_.find(watch_)) watch->wanted = Readiness::None;
}

void WatchedDescriptor::forget() noexcept { loop_.watches_.erase(std::exchange(watch_, {})); }

void WatchedDescriptor::close() noexcept {
  // The last close of an open file removes it from the epoll set. If another process still has it open, its events find
  // no watch.
  forget();
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

void WatchedDescriptor::release() noexcept {
  const EpollEventLoop::Watch* watch = loop_.watches_.find(watch_);
  if (watch && watch->registered) ::epoll_ctl(loop_.set_, EPOLL_CTL_DEL, number_, nullptr);
  forget();
  number_ = -1;
}

}  // namespace sluice::net
