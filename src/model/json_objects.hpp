#pragma once

#include <cstddef>
#include <optional>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// Cuts JSON objects out of lines: one or more on a line, or one over several lines. Brackets and commas between the
/// objects are dropped. Invariant: an object over several lines has at most 1 MiB. Not thread-safe.
class JsonObjects {
 public:
  /// True if a line outside of an object begins one, "[" or "," in front of it included.
  static bool begins(std::string_view line);
  /// True if an object has begun and has not ended.
  [[nodiscard]] bool open() const { return !brackets_.empty(); }
  /// True if the line can be a part of the open object. REQUIRES: open().
  [[nodiscard]] bool continues(std::string_view line) const;

  /// Takes a line and returns the objects that end in it.
  /// Errors: the line is no part of JSON, or brackets are nested too deeply, or the object is too long. The open object
  /// is dropped then. REQUIRES: begins(line), or open() and continues(line).
  Result<std::vector<std::string>> add(std::string_view line);
  /// Drops the open object. The error says how many lines it has had. REQUIRES: open().
  Error drop();

 private:
  Result<void> add(char byte, std::vector<std::string>& objects);

  std::string text_;        // of the open object
  std::string brackets_;    // those that are open in it, the innermost last
  std::size_t lines_ = 0;   // that it has had
  std::size_t arrays_ = 0;  // around the objects of this line
  bool in_string_ = false, escaped_ = false;
};

}  // namespace sluice::model
