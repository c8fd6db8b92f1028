// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "native/epoll_event_loop.hpp"

namespace sluice::net {

/// An owned descriptor that is registered with the event loop at its first wait. A descriptor without a wait costs no
/// system call of the loop. Invariant: at most one wait is pending. The loop must outlive it. Not thread-safe.
class WatchedDescriptor {
 public:
  explicit WatchedDescriptor(EpollEventLoop& loop) noexcept : loop_(loop) {}
  ~WatchedDescriptor() { close(); }
  WatchedDescriptor(const WatchedDescriptor&) = delete;
  WatchedDescriptor& operator=(const WatchedDescriptor&) = delete;

  /// Takes ownership of a descriptor. REQUIRES: there is none yet.
  void adopt(int descriptor) noexcept { number_ = descriptor; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
  /// Returns the descriptor; -1 if there is none.
  [[nodiscard]] int number() const noexcept { return number_; }

  /// Waits until the descriptor is ready for one of `wanted`. The loop then calls the handler once with the cookie.
  /// Replaces a pending wait. The handler must outlive the wait. Returns 0, or the errno if the system cannot
  /// watch the descriptor; the handler is never called then. Throws std::bad_alloc.
  int wait(Readiness wanted, ReadyHandler& handler, std::uint64_t cookie = 0);
  /// Calls the handler in the next batch of the loop, after those of all ready descriptors. The state of this
  /// descriptor does not matter. Replaces a pending wait. Throws std::bad_alloc.
  void defer(ReadyHandler& handler, std::uint64_t cookie = 0);
  /// Withdraws the pending wait, if there is one. The handler is not called.
  void cancel() noexcept;
  /// Cancels the wait and closes the descriptor. Idempotent.
  void close() noexcept;
  /// Cancels the wait and gives up ownership of the descriptor, which stays open.
  void release() noexcept;

 private:
  EpollEventLoop::Watch& watch();
  void forget() noexcept;

  EpollEventLoop& loop_;
  int number_ = -1;
  EpollEventLoop::WatchId watch_;  ///< null before the first wait
};

}  // namespace sluice::net
