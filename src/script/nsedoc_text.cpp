// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "script/documentation.hpp"

// Texts of NSEDoc: markup, paragraphs and sentences.

namespace sluice::script {

namespace {

constexpr std::array<std::string_view, 17> kMarkup{"a", "b",  "br", "code", "dd",  "div", "dl", "dt",    "em",
                                                   "i", "li", "ol", "p",    "pre", "tt",  "ul", "strong"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEntities{
    {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}}};

/// Returns the size of the markup at the start of `text`, such as `</code>` or `<a href="...">`; 0 if there is none.
std::size_t markup_size(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  if (!text.starts_with('<')) return 0;
  const std::size_t end = text.substr(0, kLongest).find('>');
  if (end == std::string_view::npos) return 0;
  std::string_view name = text.substr(1, end - 1);
  if (name.starts_with('/')) name.remove_prefix(1);
  name = name.substr(0, name.find_first_of(" /"));
  return std::ranges::find(kMarkup, to_lower(name)) == kMarkup.end() ? 0 : end + 1;
}

bool is_list_item(std::string_view line) {
  if (line.starts_with("* ") || line.starts_with("- ") || line.starts_with("o ")) return true;
  const std::size_t digits = line.find_first_not_of("0123456789");
  return digits > 0 && digits <= 2 && line.substr(digits).starts_with(". ");
}

/// True if the full stop at the end of `text` belongs to an abbreviation.
bool ends_with_abbreviation(std::string_view text) {
  constexpr std::array<std::string_view, 7> kAbbreviations{"e.g.", "i.e.", "etc.", "vs.", "cf.", "resp.", "v."};
  const std::string_view word = text.substr(text.find_last_of(" (") + 1);  // 0 if there is no such byte
  if (std::ranges::find(kAbbreviations, to_lower(word)) != kAbbreviations.end()) return true;
  const std::size_t size = word.size();  // "a.k.a.", "U.S."
  return size >= 4 && is_letter(word[size - 2]) && word[size - 3] == '.' && is_letter(word[size - 4]);
}

}  // namespace

std::string without_markup(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (const std::size_t size = markup_size(text); size > 0) {
      text.remove_prefix(size);
      continue;
    }
    const auto* const entity =
        std::ranges::find_if(kEntities, [text](const auto& known) { return text.starts_with(known.first); });
    plain += entity == kEntities.end() ? text.substr(0, 1) : entity->second;
    text.remove_prefix(entity == kEntities.end() ? 1 : entity->first.size());
  }
  return plain;
}

std::string flowed_text(std::string_view text) {
  const std::string plain = without_markup(text);
  std::string flowed;
  bool fresh = true;
  for (std::string_view rest = plain; !rest.empty();) {
    std::string_view line = trim(take_until(rest, '\n'));
    if (line.empty()) {
      fresh = true;
      continue;
    }
    if (!flowed.empty()) flowed += fresh || is_list_item(line) ? '\n' : ' ';
    flowed += take_word(line);
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) (flowed += ' ') += word;
    fresh = false;
  }
  return flowed;
}

std::string first_sentence(std::string_view description) {
  const std::string flowed = flowed_text(description);
  const std::string_view paragraph = std::string_view(flowed).substr(0, flowed.find('\n'));
  for (std::size_t end = 0; (end = paragraph.find_first_of(".!?", end)) != std::string_view::npos; ++end) {
    const std::string_view rest = paragraph.substr(end + 1);
    const std::string_view sentence = paragraph.substr(0, end + 1);
    const bool new_word = rest.size() > 1 && rest[0] == ' ' && rest[1] >= 'A' && rest[1] <= 'Z';
    if (rest.empty() || (new_word && !ends_with_abbreviation(sentence))) return std::string(sentence);
  }
  return std::string(paragraph);
}

}  // namespace sluice::script
