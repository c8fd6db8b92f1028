// SPDX-License-Identifier: Apache-2.0
#include "manual/mdoc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace sluice::manual {

namespace {

constexpr std::size_t kWidth = 76;
constexpr std::string_view kOpening = "([", kClosing = ".,:;)]?!";

bool is_upper(char letter) { return std::isupper(static_cast<unsigned char>(letter)) != 0; }
bool is_lower(char letter) { return std::islower(static_cast<unsigned char>(letter)) != 0; }

/// Returns a text in which no character has a special meaning for roff. Hyphens stay hyphens.
std::string escaped(std::string_view text) {
  std::string safe;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t size = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (size == 1) {
      safe += byte == '\\' ? "\\e" : byte == '"' ? "\\(dq" : std::string(1, text[at]);
    } else {
      unsigned code = byte & (0xffU >> (size + 1));
      for (std::size_t next = 1; next < size; ++next)
        code = code << 6 | (static_cast<unsigned>(text[at + next]) & 0x3f);
      safe += fmt::format("\\[u{:04X}]", code);
    }
    at += size;
  }
  return safe;
}

/// Returns one argument of a macro: no name of a macro, no punctuation alone or at the end, and hyphens to be copied.
std::string macro_word(std::string_view word) {
  const bool like_macro = word.size() == 2 && is_upper(word[0]) && is_lower(word[1]);
  const bool like_punctuation = word.size() == 1 && std::ispunct(static_cast<unsigned char>(word[0])) != 0;
  std::string safe = like_macro || like_punctuation ? "\\&" : "";
  for (const char letter : escaped(word)) safe += letter == '-' ? "\\-" : std::string(1, letter);
  return kClosing.find(word.back()) == std::string_view::npos ? safe : safe + "\\&";
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.size(), text.find(separator));
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return parts;
}

/// Removes links: those in parentheses with the space in front; of others their text stays.
std::string without_links(std::string_view text) {
  std::string made;
  while (!text.empty()) {
    const std::size_t open = text.find('[');
    const std::size_t middle = open == std::string_view::npos ? open : text.find("](", open);
    const std::size_t code = text.find('`');
    if (code < open) {  // "[" within code begins no link
      const std::size_t end = std::min(text.size() - 1, text.find('`', code + 1));
      made += text.substr(0, end + 1);
      text.remove_prefix(end + 1);
      continue;
    }
    if (middle == std::string_view::npos) return made.append(text);
    const std::size_t close = text.find(')', middle);
    made += text.substr(0, open);
    const std::string_view name = text.substr(open + 1, middle - open - 1);
    text.remove_prefix(close + 1);
    if (made.ends_with(" (") && text.starts_with(')')) {
      made.resize(made.size() - 2);
      text.remove_prefix(1);
    } else {
      made += name;
    }
  }
  return made;
}

/// Returns the macro for a text between backticks.
std::string code_macro(std::string_view code) {
  if (code.size() > 1 && code[0] == '-' && code[1] != ' ') return option_macro(code);
  if (code.starts_with('$') && std::ranges::all_of(code.substr(1), [](char c) { return is_upper(c) || c == '_'; }))
    return "Ev " + macro_words(code.substr(1));
  const bool variable = code.size() > 3 && std::ranges::all_of(code, [](char c) { return is_upper(c) || c == '_'; });
  if (variable) return "Ev " + macro_words(code);
  const bool path =
      code.starts_with("~/") || code.starts_with("$") || code.ends_with(".db") || code.starts_with("nmap-");
  return (path ? "Pa " : "Ql ") + macro_words(code);
}

/// Lines of mdoc in the making.
class Lines {
 public:
  void word(std::string_view word) {
    const std::string safe = escaped(word);
    if (!line_.empty() && line_.size() + 1 + safe.size() > kWidth) flush();
    if (line_.empty() && (safe[0] == '.' || safe[0] == '\'')) line_ = "\\&";
    line_ += (line_.empty() || line_ == "\\&" ? "" : " ") + safe;
    const std::string_view bare = word.substr(0, word.find_last_not_of(')') + 1);
    if (bare.ends_with('.') || bare.ends_with('?') || bare.ends_with('!')) flush();
  }
  void macro(const std::string& text) {
    flush();
    page_ += '.' + text + '\n';
  }
  std::string take() {
    flush();
    return std::move(page_);
  }

 private:
  void flush() {
    if (!line_.empty()) page_ += line_ + '\n';
    line_.clear();
  }
  std::string page_, line_;
};

}  // namespace

std::string macro_words(std::string_view words) {
  std::string made;
  for (const std::string_view word : split(words, ' ')) made += (made.empty() ? "" : " ") + macro_word(word);
  return made;
}

std::string option_macro(std::string_view option) {
  std::string made;
  for (const std::string_view word : split(option, ' ')) {
    const std::string gap = made.empty() ? "" : " ";
    if (word[0] != '-' || word.size() == 1) {
      made += gap + (word == "|" ? "Ns" : "Ar") + ' ' + macro_word(word);
      continue;
    }
    const std::size_t bracket = word.find('[');
    made += gap + "Fl " + macro_word(word.substr(1, bracket == std::string_view::npos ? bracket : bracket - 1));
    if (bracket == std::string_view::npos) continue;
    const std::string_view value = word.substr(bracket + 1, word.size() - bracket - 2);
    const bool equals = value[0] == '=';
    made += fmt::format(" Ns Oo {}Ar {} Oc", equals ? "= Ns " : "", macro_word(value.substr(equals ? 1 : 0)));
  }
  return made;
}

std::string to_mdoc(std::string_view markdown) {
  const std::string text = without_links(markdown);
  Lines lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    if (rest[0] == ' ' || rest[0] == '\n') {
      rest.remove_prefix(1);
      continue;
    }
    // A word goes to the next blank; blanks within code do not count.
    std::size_t end = 0;
    bool code = false;
    for (; end < rest.size() && (code || (rest[end] != ' ' && rest[end] != '\n')); ++end)
      code = code != (rest[end] == '`');
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    const std::size_t open = word.find('`');
    if (open == std::string_view::npos) {
      lines.word(word);
      continue;
    }
    const std::size_t close = word.find('`', open + 1);
    std::string macro = code_macro(word.substr(open + 1, close - open - 1));
    const std::string_view before = word.substr(0, open);
    std::string_view after = word.substr(close + 1);
    if (!before.empty() && before.find_first_not_of(kOpening) == std::string_view::npos)
      macro = macro.substr(0, 3) + std::string(before) + ' ' + macro.substr(3);
    else if (!before.empty())
      macro = "No " + macro_word(before) + " Ns " + macro;
    if (after.find_first_not_of(kClosing) == std::string_view::npos) {
      for (const char letter : after) macro += std::string(" ") + letter;
    } else {
      macro += " Ns No " + macro_word(after);
    }
    lines.macro(macro);
  }
  return lines.take();
}

std::string sentences(std::string_view markdown) {
  return to_mdoc(std::string(markdown) + (markdown.ends_with('.') ? "" : "."));
}

}  // namespace sluice::manual
