#pragma once

#include <string>

namespace sluice::net {

/// The bytes of a file, a pipe, a terminal or standard input as they come. Never blocks the loop, a slow disk excepted.
/// Not thread-safe; the event loop outlives it.
class InputStream {
 public:
  virtual ~InputStream() = default;
  /// True if bytes or the end have come. The loop wakes when this becomes true.
  [[nodiscard]] virtual bool ready() const noexcept = 0;
  /// True if no more will come.
  [[nodiscard]] virtual bool ended() const noexcept = 0;
  /// Appends what has come, at most 64 KiB of it; nothing if the stream is not ready.
  virtual void read_into(std::string& to) = 0;
  /// The errno that ended the stream before its end; 0 if none did.
  [[nodiscard]] virtual int error() const noexcept = 0;
};

}  // namespace sluice::net
