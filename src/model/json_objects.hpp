// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// Extracts JSON objects from lines. A line may have several objects, and an object may extend over several lines.
/// Brackets and commas between objects are ignored.
/// Invariant: the open object has at most 1 MiB. Not thread-safe.
class JsonObjects {
 public:
  /// True if a line outside of an object begins one, with an optional "[" or "," before it.
  static bool begins(std::string_view line);
  /// True if an object is open: it has begun and has not ended.
  [[nodiscard]] bool open() const { return !brackets_.empty(); }
  /// True if `line` can continue the open object. REQUIRES: open().
  [[nodiscard]] bool continues(std::string_view line) const;

  /// Reads a line and returns the objects that end in it.
  /// Errors: the line is not JSON, brackets are nested too deeply, or the object is too long. The open object is then
  /// dropped.
  /// REQUIRES: begins(line), or open() and continues(line).
  Result<std::vector<std::string>> add(std::string_view line);
  /// Drops the open object and returns the error for it. REQUIRES: open().
  Error drop();

 private:
  Result<void> add(char byte, std::vector<std::string>& objects);

  std::string text_;        // text of the open object
  std::string brackets_;    // open brackets in it, the innermost last
  std::size_t lines_ = 0;   // number of its lines so far
  std::size_t arrays_ = 0;  // number of arrays around the objects of this line
  bool in_string_ = false, escaped_ = false;
};

}  // namespace sluice::model
