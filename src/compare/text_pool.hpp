// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::compare {

/// Number of a text in a TextPool. 0 is "".
using Text = std::uint32_t;

/// Keeps each text once. Memory: its bytes, and 12 to 20 bytes for each. Not thread-safe.
class TextPool {
 public:
  TextPool() : ends_{0}, slots_(1024, 0) {}

  /// Returns the number of the text. Time: O(length).
  Text add(std::string_view text) {
    if (text.empty()) return 0;
    if (ends_.size() * 2 > slots_.size()) grow();
    std::uint32_t& slot = slot_of(text);
    if (slot == 0) {
      bytes_.append(text);
      ends_.push_back(bytes_.size());
      slot = static_cast<Text>(ends_.size() - 1);
    }
    return slot;
  }
  /// Returns the text. The view is valid until the next add().
  [[nodiscard]] std::string_view at(Text text) const {
    if (text == 0) return {};
    return std::string_view(bytes_).substr(ends_[text - 1], ends_[text] - ends_[text - 1]);
  }
  /// Frees what only add() needs; no text can be added any more.
  void seal() {
    slots_ = {};
    bytes_.shrink_to_fit();
    ends_.shrink_to_fit();
  }

 private:
  std::uint32_t& slot_of(std::string_view text) {
    std::size_t index = std::hash<std::string_view>()(text) & (slots_.size() - 1);
    while (slots_[index] != 0 && at(slots_[index]) != text) index = (index + 1) & (slots_.size() - 1);
    return slots_[index];
  }
  void grow() {
    slots_.assign(slots_.size() * 2, 0);
    for (Text text = 1; text < ends_.size(); ++text) slot_of(at(text)) = text;
  }

  std::string bytes_;                 ///< the texts, one behind the other
  std::vector<std::size_t> ends_;     ///< of each text in bytes_
  std::vector<std::uint32_t> slots_;  ///< hash table of texts; its size is a power of two; 0 means empty
};

}  // namespace sluice::compare
