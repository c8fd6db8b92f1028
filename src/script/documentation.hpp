// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::script {

/// The fields of a script that are rules, in the order of their phases.
inline constexpr std::array<std::string_view, 4> kRules{"prerule", "hostrule", "portrule", "postrule"};

/// A text of a source, and the line at which it begins, counted from 1.
struct LocatedText {
  std::string text;
  std::size_t line = 0;
  friend bool operator==(const LocatedText&, const LocatedText&) = default;
};

/// An argument of a script as `@args` describes it.
struct DocumentedArgument {
  std::string name;
  std::string text;  ///< without markup, one line per paragraph or list item; may be empty
  std::size_t line = 0;
};

/// What the source of a script or library says about it: fields whose values are constants, and the tags of NSEDoc in
/// its comments.
struct Documentation {
  std::optional<LocatedText> description;  ///< unchanged, as --script-help prints it
  std::vector<LocatedText> categories, dependencies, authors;
  std::vector<LocatedText> wrong_items;  ///< names of lists among these with an item that is certainly no string
  std::optional<LocatedText> license;
  std::vector<std::string> rules;      ///< those of kRules that the script sets, in their order
  std::vector<LocatedText> libraries;  ///< names that it passes to `require` or `silent_require`, each once
  std::vector<DocumentedArgument> arguments;
  std::vector<LocatedText> usage, output,
      xml_output;                 ///< one for each tag, with line feeds, without common indentation
  std::vector<LocatedText> see;   ///< names with a full stop: scripts and addresses, not functions
  std::vector<LocatedText> tags;  ///< all tags, without "@"
};

/// Reads the documentation of a source without running it: the values of fields that are strings, or tables of strings,
/// and all comments (docs/write-scripts.md, "Document a script"). A source with wrong syntax gives what precedes the
/// error. Thread-safe.
Documentation read_documentation(std::string_view source);

/// Returns a text of NSEDoc without its markup (`<code>`, `&lt;`, ...). Placeholders such as `<host>` remain.
std::string without_markup(std::string_view text);

/// Returns paragraphs and list items as one line each, without markup and blank lines.
std::string flowed_text(std::string_view text);

/// Returns the first sentence of a description as one line without markup.
std::string first_sentence(std::string_view description);

}  // namespace sluice::script
