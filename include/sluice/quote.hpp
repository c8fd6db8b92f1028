// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Quotes of inputs in messages. A message contains at most 200 bytes of an input. Thread-safe.

namespace sluice {

/// Returns `text` if it has at most `most` bytes. Otherwise returns at most its first `most` bytes, and "...". Does not
/// cut a UTF-8 character.
inline std::string shortened(std::string_view text, std::size_t most = 200) {
  if (text.size() <= most) return std::string(text);
  constexpr std::size_t kLongestCharacter = 4;
  std::size_t size = most;
  while (size > 0 && most - size < kLongestCharacter && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return std::string(text.substr(0, size)) + "...";
}

/// Returns shortened(text, most) between apostrophes.
inline std::string in_quotes(std::string_view text, std::size_t most = 200) {
  return "'" + shortened(text, most) + "'";
}

}  // namespace sluice
