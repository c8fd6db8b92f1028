#pragma once

#include <asio/posix/stream_descriptor.hpp>
#include <memory>
#include <sluice/result.hpp>
#include <string>

#include "native/asio_event_loop.hpp"
#include "net/input_stream.hpp"

namespace sluice::net {

/// The InputStream of a path. Standard input is left in the mode in which other processes share it.
class AsioInputStream final : public InputStream {
 public:
  /// "-" is standard input. The error names the path. A FIFO without a writer is open, and has nothing yet.
  static Result<std::unique_ptr<InputStream>> open(AsioEventLoop& loop, const std::string& path);
  AsioInputStream(const AsioInputStream&) = delete;
  AsioInputStream& operator=(const AsioInputStream&) = delete;
  ~AsioInputStream() override;

  [[nodiscard]] bool ready() const noexcept override { return ready_; }
  [[nodiscard]] bool ended() const noexcept override { return ended_; }
  void read_into(std::string& to) override;
  [[nodiscard]] int error() const noexcept override { return error_; }

 private:
  AsioInputStream(AsioEventLoop& loop, int descriptor);
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
