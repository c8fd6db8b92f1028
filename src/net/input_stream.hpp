// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sluice::net {

/// Reads a file, a pipe, a terminal or standard input as its bytes arrive. Does not block, except for reads from a
/// disk. The event loop must outlive it. Not thread-safe.
class InputStream {
 public:
  virtual ~InputStream() = default;
  /// True if bytes or the end have arrived. The loop wakes when this becomes true.
  [[nodiscard]] virtual bool ready() const noexcept = 0;
  /// True if no more bytes will arrive.
  [[nodiscard]] virtual bool ended() const noexcept = 0;
  /// Appends bytes that have arrived, at most 64 KiB. No effect if the stream is not ready.
  virtual void read_into(std::string& to) = 0;
  /// Returns the errno of the read that ended the stream; 0 if there was no error.
  [[nodiscard]] virtual int error() const noexcept = 0;
};

}  // namespace sluice::net
