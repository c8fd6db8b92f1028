#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <system_error>
#include <utility>

namespace sluice::net {

/// A descriptor of our own that the event loop comes to know at its first wait only: what is answered at once is spared
/// the calls that make it known and forgotten. On the loop's thread.
class WatchedDescriptor {
  using Watch = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

 public:
  using For = Watch::wait_type;
  static constexpr For kReadable = Watch::wait_read, kWritable = Watch::wait_write;

  explicit WatchedDescriptor(asio::io_context& loop) : watch_(loop.get_executor()) {}
  ~WatchedDescriptor() { close(); }
  WatchedDescriptor(const WatchedDescriptor&) = delete;
  WatchedDescriptor& operator=(const WatchedDescriptor&) = delete;

  /// Owns it from now on; there must be none yet.
  void adopt(int descriptor) noexcept { number_ = descriptor; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
  /// -1 if there is none.
  [[nodiscard]] int number() const noexcept { return number_; }

  /// Has the loop call `handler` with an error code once it is ready; with asio::error::operation_aborted if the wait
  /// is cancelled or the descriptor closed before. If the system cannot watch it, tells so at once and never calls.
  template <class Handler>
  std::error_code wait(For what, Handler handler) {
    std::error_code failure;
    if (!watch_.is_open()) watch_.assign(number_, failure);
    if (!failure) watch_.async_wait(what, std::move(handler));
    return failure;
  }
  void cancel() noexcept;
  void close() noexcept;
  /// It is the caller's again, if there is one.
  void release() noexcept;

 private:
  int number_ = -1;
  Watch watch_;  ///< open, with the same descriptor, from the first wait on
};

}  // namespace sluice::net
