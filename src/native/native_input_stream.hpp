// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <sluice/result.hpp>
#include <string>

#include "native/watched_descriptor.hpp"
#include "net/input_stream.hpp"

namespace sluice::net {

/// The InputStream of a path. The mode of standard input is not changed, because other processes share it. Owned by the
/// part of the engine that reads it. Not thread-safe.
class NativeInputStream final : public InputStream, private ReadyHandler {
 public:
  /// Opens a path; "-" is standard input. A FIFO without a writer is opened, and is not ready yet. `loop` must outlive
  /// the stream. Errors: UnreadableFile; the message names the path.
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
  /// Waits for bytes in the loop. A regular file is ready at once. Returns 0 or an errno.
  int watch();
  void on_ready(std::uint64_t cookie, Readiness what) override;

  WatchedDescriptor descriptor_;
  bool ready_ = true, ended_ = false;
  int error_ = 0;
};

}  // namespace sluice::net
