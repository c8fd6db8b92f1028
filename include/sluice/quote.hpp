#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// How messages quote their inputs: never more than 200 bytes of one. Thread-safe.

namespace sluice {

/// Returns the beginning of a text: at most `most` bytes, whole characters of UTF-8, and "..." if there is more.
inline std::string shortened(std::string_view text, std::size_t most = 200) {
  if (text.size() <= most) return std::string(text);
  constexpr std::size_t kLongestCharacter = 4;
  std::size_t size = most;
  while (size > 0 && most - size < kLongestCharacter && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return std::string(text.substr(0, size)) + "...";
}

/// Returns the same between apostrophes.
inline std::string in_quotes(std::string_view text, std::size_t most = 200) {
  return "'" + shortened(text, most) + "'";
}

}  // namespace sluice
