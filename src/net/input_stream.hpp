#pragma once

#include <asio/posix/stream_descriptor.hpp>
#include <memory>
#include <sluice/result.hpp>
#include <string>

#include "net/event_loop.hpp"

namespace sluice::net {

/// Bytes out of a file, a pipe, a terminal or standard input as they come, without ever blocking the loop (a slow disk
/// excepted). Standard input is left in the mode in which others share it. One thread only; the loop outlives it.
class InputStream {
 public:
  /// "-" is standard input. The error names the path. A FIFO without a writer is open, and has nothing yet.
  static Result<std::unique_ptr<InputStream>> open(EventLoop& loop, const std::string& path);
  InputStream(const InputStream&) = delete;
  InputStream& operator=(const InputStream&) = delete;
  ~InputStream();

  /// Is it worth asking: has something come, or has the end? The loop wakes when it becomes so.
  [[nodiscard]] bool ready() const noexcept { return ready_; }
  /// No more will come.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Appends what has come, at most 64 KiB of it; nothing if it is not ready.
  void read_into(std::string& to);
  /// The errno that ended it before its end; 0 if none did.
  [[nodiscard]] int error() const noexcept { return error_; }

 private:
  InputStream(EventLoop& loop, int descriptor);
  void watch();

  int descriptor_;
  // Not the descriptor itself is given to the loop but an epoll set with it alone: the loop puts what it watches into
  // non-blocking mode, which would change the terminal or pipe under every process that shares it. Closed where the
  // descriptor is a file, which is always ready.
  asio::posix::stream_descriptor watched_;
  bool ready_ = true, ended_ = false;
  int error_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  // handlers that still wait for their turn look at it
};

}  // namespace sluice::net
