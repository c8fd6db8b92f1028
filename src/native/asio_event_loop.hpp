#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "net/event_loop.hpp"

namespace sluice::net {

/// The EventLoop over Asio's io_context, which waits by epoll. The objects of this folder register descriptors with
/// io().
class AsioEventLoop final : public EventLoop {
 public:
  /// Throws std::system_error if the system gives no descriptors for it.
  AsioEventLoop();
  AsioEventLoop(const AsioEventLoop&) = delete;
  AsioEventLoop& operator=(const AsioEventLoop&) = delete;

  [[nodiscard]] asio::io_context& io() noexcept { return io_; }
  void wait(TimePoint until) override;
  bool poll() override;
  void wake() noexcept override;

 private:
  void watch();

  // Only the loop's thread waits for descriptors; other threads post, which stays safe.
  asio::io_context io_{ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::posix::stream_descriptor event_;
  int event_number_;
};

}  // namespace sluice::net
