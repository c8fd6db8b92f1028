#pragma once

#include <memory>
#include <sluice/result.hpp>
#include <string>

#include "native/watched_descriptor.hpp"
#include "net/input_stream.hpp"

namespace sluice::net {

/// The InputStream of a path. Standard input is left in the mode in which other processes share it.
class NativeInputStream final : public InputStream, private ReadyHandler {
 public:
  /// "-" is standard input. The error names the path. A FIFO without a writer is open, and has nothing yet.
  static Result<std::unique_ptr<InputStream>> open(EpollEventLoop& loop, const std::string& path);
  NativeInputStream(const NativeInputStream&) = delete;
  NativeInputStream& operator=(const NativeInputStream&) = delete;
  ~NativeInputStream() override = default;

  [[nodiscard]] bool ready() const noexcept override { return ready_; }
  [[nodiscard]] bool ended() const noexcept override { return ended_; }
  void read_into(std::string& to) override;
  [[nodiscard]] int error() const noexcept override { return error_; }

 private:
  NativeInputStream(EpollEventLoop& loop, int descriptor) : descriptor_(loop) { descriptor_.adopt(descriptor); }
  /// Waits for bytes, except in a file, which is always ready. Returns 0 or an errno.
  int watch();
  void on_ready(std::uint64_t cookie, Readiness what) override;

  WatchedDescriptor descriptor_;
  bool ready_ = true, ended_ = false;
  int error_ = 0;
};

}  // namespace sluice::net
