// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::nse {

/// The bytes that were received from a file and not read yet. Reads them by the formats of Lua's file:read (Lua 5.4
/// manual, 6.8); uses no Lua itself. Owned by a Command. Not thread-safe.
class ReadBuffer {
 public:
  /// What a format has read. `text` is valid until the next add(). If `success` is false, the read fails, although
  /// bytes may have been removed.
  struct Portion {
    std::string_view text{};
    bool success = true;
  };
  static constexpr std::size_t kLongestNumber = 200;  ///< characters of a numeral

  /// Adds received bytes. Invalidates all portions.
  void add(std::string_view data);
  /// Notes that the file has ended.
  void end() noexcept { ended_ = true; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Number of bytes that were not read yet.
  [[nodiscard]] std::size_t size() const noexcept { return data_.size() - taken_; }

  // Each function returns nothing if it needs more bytes, or the end of the file, for its result.

  /// The format "l". `keep`: the format "L", which keeps the newline.
  std::optional<Portion> line(bool keep);
  /// `count` bytes; fewer at the end of the file.
  std::optional<Portion> bytes(std::size_t count);
  /// The format "a".
  std::optional<Portion> all();
  /// The format "n": skips white space and returns the longest text that may be a numeral. Does not check that it is
  /// one.
  std::optional<Portion> number();

 private:
  Portion pop(std::size_t count) noexcept;

  std::string data_;
  std::size_t taken_ = 0;     ///< bytes of data_ that were read
  std::size_t searched_ = 0;  ///< offset in data_; there is no newline between taken_ and this offset
  bool ended_ = false;
};

}  // namespace sluice::nse
