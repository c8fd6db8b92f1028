#pragma once

#include <cstdint>

#include "native/epoll_event_loop.hpp"

namespace sluice::net {

/// An owned descriptor that is registered with the event loop at its first wait, so that one that never waits costs the
/// loop no system call. At most one wait is pending at a time. The loop must outlive it. Not thread-safe.
class WatchedDescriptor {
 public:
  explicit WatchedDescriptor(EpollEventLoop& loop) noexcept : loop_(loop) {}
  ~WatchedDescriptor() { close(); }
  WatchedDescriptor(const WatchedDescriptor&) = delete;
  WatchedDescriptor& operator=(const WatchedDescriptor&) = delete;

  /// Takes ownership of a descriptor. REQUIRES: there is none yet.
  void adopt(int descriptor) noexcept { number_ = descriptor; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
  /// -1 if there is none.
  [[nodiscard]] int number() const noexcept { return number_; }

  /// Waits until the descriptor is ready for one of `wanted`, and then calls the handler once with the cookie, from the
  /// loop. Replaces a pending wait. The handler must outlive the wait. Returns 0, or the errno if the system cannot
  /// watch the descriptor; the handler is never called then. Throws std::bad_alloc.
  int wait(Readiness wanted, ReadyHandler& handler, std::uint64_t cookie = 0);
  /// Like wait, but the handler is called after those of all descriptors that are ready, whatever the state of this
  /// one. Throws std::bad_alloc.
  void defer(ReadyHandler& handler, std::uint64_t cookie = 0);
  /// Withdraws the pending wait, if there is one: the handler is not called.
  void cancel() noexcept;
  /// Cancels, and closes the descriptor, if there is one.
  void close() noexcept;
  /// Cancels, and gives the ownership of the descriptor back.
  void release() noexcept;

 private:
  EpollEventLoop::Watch& watch();
  void forget() noexcept;

  EpollEventLoop& loop_;
  int number_ = -1;
  EpollEventLoop::WatchId watch_;  ///< none before the first wait
};

}  // namespace sluice::net
