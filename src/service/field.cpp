// SPDX-License-Identifier: Apache-2.0
#include "service/field.hpp"

#include <string>

#include "base/text.hpp"

namespace sluice::service {

namespace {

std::optional<Field::Kind> kind_of(char letter) {
  switch (letter) {
    case 'p':
      return Field::Kind::Product;
    case 'v':
      return Field::Kind::Version;
    case 'i':
      return Field::Kind::Info;
    case 'h':
      return Field::Kind::Hostname;
    case 'o':
      return Field::Kind::OsType;
    case 'd':
      return Field::Kind::DeviceType;
    default:
      return std::nullopt;
  }
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::optional<std::string_view> take_delimited(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const std::size_t end = rest.find(rest.front(), 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return text;
}

Result<std::optional<Field>> take_field(std::string_view& rest) {
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  if (rest.empty()) return std::optional<Field>();
  Field field;
  std::string name;
  if (rest.starts_with("cpe:")) {
    name = "cpe:";
    field.kind = Field::Kind::Cpe;
  } else if (const auto kind = kind_of(rest.front())) {
    name = rest.front();
    field.kind = *kind;
  } else {
    std::string_view word = rest;
    return Error{"unknown field " + in_quotes(take_word(word), 20) + "; known are p v i h o d and cpe:"};
  }
  rest.remove_prefix(name.size());
  const auto text = take_delimited(rest);
  if (!text) return Error{"the field '" + name + "' has no closing delimiter"};
  field.text = *text;
  while (!rest.empty() && is_letter(rest.front())) rest.remove_prefix(1);
  return std::optional<Field>(field);
}

std::optional<std::string> unescape(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      bytes += c;
      continue;
    }
    if (text.empty()) return std::nullopt;
    const char escaped = text.front();
    text.remove_prefix(1);
    constexpr std::string_view kLetters = "0abfnrtv", kCodes("\0\a\b\f\n\r\t\v", 8);
    if (const std::size_t letter = kLetters.find(escaped); letter != std::string_view::npos) {
      bytes += kCodes[letter];
    } else if (escaped == 'x') {
      const int high = text.empty() ? -1 : hex_value(text[0]);
      const int low = text.size() < 2 ? -1 : hex_value(text[1]);
      if (high < 0 || low < 0) return std::nullopt;
      bytes += static_cast<char>(high * 16 + low);
      text.remove_prefix(2);
    } else if (!is_letter(escaped) && !is_digit(escaped)) {
      bytes += escaped;
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

}  // namespace sluice::service
