#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::nse {

/// What has come from a file and is not read yet, in the portions of the formats of Lua's file:read (Lua 5.4 manual,
/// 6.8). Knows nothing of Lua.
class ReadBuffer {
 public:
  /// A portion lives until the next add(). Without success the read fails, though bytes may be gone.
  struct Portion {
    std::string_view text{};
    bool success = true;
  };
  /// A number has so many characters at most.
  static constexpr std::size_t kLongestNumber = 200;

  /// Ends the life of portions.
  void add(std::string_view data);
  /// Nothing more will come.
  void end() noexcept { ended_ = true; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] std::size_t size() const noexcept { return data_.size() - taken_; }

  // Each: nothing if that cannot be told before more comes.

  /// "l", and "L", which keeps the newline.
  std::optional<Portion> line(bool keep);
  /// So many bytes, or what there is at the end.
  std::optional<Portion> bytes(std::size_t count);
  /// "a"
  std::optional<Portion> all();
  /// "n": what may be a numeral, after white space; whether it is one is not checked.
  std::optional<Portion> number();

 private:
  Portion pop(std::size_t count) noexcept;

  std::string data_;
  std::size_t taken_ = 0;     ///< of data_
  std::size_t searched_ = 0;  ///< of data_: no newline between taken_ and here
  bool ended_ = false;
};

}  // namespace sluice::nse
