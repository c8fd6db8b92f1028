// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// The kind of an Error. The values are stable: a new kind receives a new value.
enum class ErrorCode : std::uint8_t {
  /// An option, a target, or a line of a file that an option names is wrong. The caller can correct it.
  InvalidOption = 1,
  /// A file is missing, or cannot be read or written.
  UnreadableFile = 2,
  /// The system refuses a resource: descriptors, memory, threads.
  ResourceShortage = 3,
  /// An option of Nmap that sluice does not have. The message has the alternative.
  Unsupported = 4,
};

/// An error code and a one-line message. The message names the option, file or value that caused the error, and the
/// remedy if there is one. It has no "Error:" in front, no full stop and no line feed.
struct Error {
  std::string message;
  ErrorCode code = ErrorCode::InvalidOption;

  /// Returns a copy of the error with "PLACE: " in front of the message.
  [[nodiscard]] Error in(std::string_view place) const { return {std::string(place) + ": " + message, code}; }
};

}  // namespace sluice
