// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/export.hpp>
#include <string>
#include <string_view>

// Finds dashes, quotation marks and spaces that word processors and web pages use instead of ASCII characters. A
// command line that was copied from a document may contain them. Thread-safe.

namespace sluice {

/// A typographic character in a text.
struct TypographicCharacter {
  std::size_t begin = 0, size = 0;  ///< index of its first byte, and number of its bytes
  std::string name;                 ///< with article and code point, for example "an en dash (U+2013)"
  std::string_view meant;           ///< ASCII replacement: "-", "\"", "'", " ", or "" for an invisible character
};

/// Returns the first typographic character in `text`: a dash, a quotation mark, a space or an invisible character.
/// `text` is read as UTF-8; bytes that are not valid UTF-8 are read in code page 1252. Returns nothing if there is
/// none.
SLUICE_EXPORT std::optional<TypographicCharacter> find_typographic(std::string_view text);

/// Returns `text` with each typographic character replaced by TypographicCharacter::meant.
SLUICE_EXPORT std::string without_typography(std::string_view text);

/// Returns a predicate for a message about `text`, with the corrected text:
/// `has an en dash (U+2013) in place of -; did you mean 1-1024?`. Returns nothing if there is no typographic character.
SLUICE_EXPORT std::optional<std::string> complaint_about_typography(std::string_view text);

}  // namespace sluice
