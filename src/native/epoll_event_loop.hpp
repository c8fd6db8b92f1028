// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "base/slab.hpp"
#include "net/event_loop.hpp"

namespace sluice::net {

/// What a descriptor is ready for, or is watched for. The values are bits.
enum class Readiness : std::uint8_t { None = 0, Read = 1, Write = 2, Both = 3 };
constexpr Readiness operator&(Readiness a, Readiness b) {
  return static_cast<Readiness>(static_cast<std::uint8_t>(a) & static_cast<std::uint8_t>(b));
}

/// Receives the ends of waits. A call may start and cancel waits, and destroy the watched descriptors.
class ReadyHandler {
 public:
  virtual ~ReadyHandler() = default;
  /// The wait with this cookie has ended because the descriptor is ready for `what` or has failed.
  virtual void on_ready(std::uint64_t cookie, Readiness what) = 0;
};

/// The EventLoop over an epoll set. Each wait is for one event (EPOLLONESHOT), so a descriptor without a wait does not
/// wake the loop. Owned by the Ports of a shard. Not thread-safe, except for wake() and post().
class EpollEventLoop final : public EventLoop {
 public:
  /// Throws std::system_error if the system has no descriptors for it.
  EpollEventLoop();
  EpollEventLoop(const EpollEventLoop&) = delete;
  EpollEventLoop& operator=(const EpollEventLoop&) = delete;
  ~EpollEventLoop() override;

  void wait(TimePoint until) override;
  bool poll() override;
  void wake() noexcept override;
  [[nodiscard]] int descriptor() const noexcept override { return set_; }

  /// Runs a function on the loop's thread, in its next wait or poll. Thread-safe. Throws std::bad_alloc.
  void post(std::function<void()> function);

 private:
  friend class WatchedDescriptor;

  /// One watched descriptor.
  struct Watch {
    int descriptor;
    bool registered = false;             ///< in the epoll set
    Readiness wanted = Readiness::None;  ///< None: no wait is pending
    ReadyHandler* handler = nullptr;
    std::uint64_t cookie = 0;
  };
  using WatchId = Handle;

  /// Waits up to `timeout` milliseconds (-1: no limit) for events. Then handles one batch of events, the deferred waits
  /// and the posted functions. Returns true if no work is known to be left.
  bool handle_batch(int timeout);
  void handle_events();
  void handle_event(const epoll_event& event);
  void end_wait(WatchId id, Readiness what);
  void run_posted();
  [[nodiscard]] bool has_pending() const noexcept { return next_ < count_ || !deferred_.empty() || has_posted_; }

  int set_ = -1, wake_ = -1;  ///< the epoll set; the eventfd of wake()
  Slab<Watch> watches_;
  std::array<epoll_event, 256> events_{};
  int next_ = 0, count_ = 0;  ///< of events_; those before next_ have been handled
  std::vector<WatchId> deferred_, running_;
  std::atomic<bool> has_posted_ = false;
  std::mutex mutex_;  // of the following
  std::vector<std::function<void()>> posted_;
};

}  // namespace sluice::net
