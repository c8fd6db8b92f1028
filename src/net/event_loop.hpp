#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "base/clock.hpp"

namespace sluice::net {

/// Where the engine's thread sleeps until a descriptor is ready, a worker has posted a function, or another thread
/// wakes it.
class EventLoop {
 public:
  /// Throws std::system_error when the system gives no descriptors for it.
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  [[nodiscard]] asio::io_context& io() noexcept { return io_; }
  /// Sleeps until something has happened or the time has come, then handles what is ready.
  void wait(TimePoint until);
  /// Handles what is ready, without sleeping; a bounded number of handlers. Returns true if all were handled.
  bool poll();
  /// Ends a wait, the current or the next. From any thread and from signal handlers.
  void wake() noexcept;

 private:
  void watch();

  // What waits in it is the one thread's alone; others post, which stays safe.
  asio::io_context io_{ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::posix::stream_descriptor event_;
  int event_number_;
};

}  // namespace sluice::net
