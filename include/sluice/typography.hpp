#pragma once

#include <optional>
#include <sluice/export.hpp>
#include <string>
#include <string_view>

// Characters that word processors and web pages put in place of ASCII ones, as a command pasted from there has them.

namespace sluice {

struct TypographicCharacter {
  std::size_t begin = 0, size = 0;  ///< its bytes in the text
  std::string name;                 ///< "an en dash (U+2013)"
  std::string_view meant;           ///< "-", "\"", "'", " ", or "" for one that is not visible
};

/// The first dash, quotation mark, or space or invisible character of that kind in `text`, in UTF-8; where the text is
/// no UTF-8 also in code page 1252. Letters are never among them. Thread-safe.
SLUICE_EXPORT std::optional<TypographicCharacter> find_typographic(std::string_view text);

/// `text` with the ASCII characters that were meant. Thread-safe.
SLUICE_EXPORT std::string without_typography(std::string_view text);

/// What to say about a text with such a character: `has an en dash (U+2013) in place of -; did you mean 1-1024?`;
/// nothing if it has none. Thread-safe.
SLUICE_EXPORT std::optional<std::string> complaint_about_typography(std::string_view text);

}  // namespace sluice
