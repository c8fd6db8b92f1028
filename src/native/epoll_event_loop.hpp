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

/// What a descriptor is ready for, or is to be watched for: bits.
enum class Readiness : std::uint8_t { None = 0, Read = 1, Write = 2, Both = 3 };
constexpr Readiness operator&(Readiness a, Readiness b) {
  return static_cast<Readiness>(static_cast<std::uint8_t>(a) & static_cast<std::uint8_t>(b));
}

/// Receives the ends of waits. A call may start and cancel waits, and destroy what is watched.
class ReadyHandler {
 public:
  virtual ~ReadyHandler() = default;
  /// The wait with this cookie has ended: the descriptor is ready, or has failed, for `what`.
  virtual void on_ready(std::uint64_t cookie, Readiness what) = 0;
};

/// The EventLoop of this machine: one epoll set. Every wait is for one event, so that a descriptor that nothing waits
/// for wakes nothing. Owned by the Ports of a shard. Not thread-safe, except for wake() and post().
class EpollEventLoop final : public EventLoop {
 public:
  /// Throws std::system_error if the system gives no descriptors for it.
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
    Readiness wanted = Readiness::None;  ///< none: nothing waits
    ReadyHandler* handler = nullptr;
    std::uint64_t cookie = 0;
  };
  using WatchId = Handle;

  /// Handles up to `timeout` milliseconds of waiting (-1: no limit), one batch of events, and what was deferred and
  /// posted before. Returns true if nothing is left that is known to be ready.
  bool handle_batch(int timeout);
  void handle_events();
  void handle_event(const epoll_event& event);
  void end_wait(WatchId id, Readiness what);
  void run_posted();
  [[nodiscard]] bool has_pending() const noexcept { return next_ < count_ || !deferred_.empty() || has_posted_; }

  int set_ = -1, wake_ = -1;  ///< the epoll set; the eventfd of wake()
  Slab<Watch> watches_;
  std::array<epoll_event, 256> events_{};
  int next_ = 0, count_ = 0;  ///< of events_; what is before next_ has been handled
  std::vector<WatchId> deferred_, running_;
  std::atomic<bool> has_posted_ = false;
  std::mutex mutex_;  // of the following
  std::vector<std::function<void()>> posted_;
};

}  // namespace sluice::net
