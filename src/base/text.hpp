// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <optional>
#include <sluice/quote.hpp>
#include <string>
#include <string_view>

// Functions for small grammars. They treat text as ASCII in every locale. Thread-safe.

namespace sluice {

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

inline std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  return lower;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  return true;
}

/// Returns `text` without the white space at both ends.
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Removes the text before the first `separator`, and the separator, from `rest`. Returns the text. If there is no
/// separator, removes and returns all of `rest`.
constexpr std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return taken;
}

/// Removes white space, the next word and nothing behind it from `rest`. Returns the word, or "" if there is none.
constexpr std::string_view take_word(std::string_view& rest) {
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  std::size_t end = 0;
  while (end < rest.size() && !is_space(rest[end])) ++end;
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

/// Parses a number that must be the whole text, without sign and white space. A floating-point T takes "0.5" and
/// "1e-3". Returns nothing if the text is no such number or if T cannot hold it.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  if (text.empty() || !(is_digit(text.front()) || text.front() == '.')) return std::nullopt;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

/// True if the whole text matches the pattern. In the pattern `*` stands for any number of characters, also none. With
/// `question_mark`, `?` stands for one character. All other characters are literal. Time: O(product of both lengths).
constexpr bool matches_glob(std::string_view pattern, std::string_view text, bool question_mark) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == text[t] || (question_mark && pattern[p] == '?'))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// Returns the first five of these names, with commas between them. " and others" follows if there are more.
template <class Names>
std::string name_some(const Names& names) {
  constexpr std::size_t kNamed = 5;
  std::string named;
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (count++ == kNamed) return named + " and others";
    named += (named.empty() ? "" : ", ") + name;
  }
  return named;
}

}  // namespace sluice
