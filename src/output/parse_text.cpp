// SPDX-License-Identifier: Apache-2.0
#include "output/parse_text.hpp"

#include <chrono>

namespace sluice::output {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

/// Reads `text` by a pattern: "0" stands for a digit, any other character for itself. Returns the digits.
std::optional<std::string> digits_of(std::string_view text, std::string_view pattern) {
  std::string digits;
  if (text.size() != pattern.size()) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (pattern[at] != '0' && text[at] != pattern[at]) return std::nullopt;
    if (pattern[at] == '0' && (text[at] < '0' || text[at] > '9')) return std::nullopt;
    if (pattern[at] == '0') digits += text[at];
  }
  return digits;
}

/// Returns the value of an upper-case hexadecimal digit; nothing for any other character.
std::optional<unsigned> hex_digit(char c) {
  const std::size_t digit = kHexDigits.find(c);
  return digit == std::string_view::npos ? std::nullopt : std::optional(static_cast<unsigned>(digit));
}

/// Removes an escaped character behind a '\\' from `rest` and returns it. command_text() escapes '"' and '\\', so any
/// other '\\' begins the \xHH by which xml_escape() replaces a control character.
char take_escaped(std::string_view& rest) {
  const char c = rest.empty() ? '\0' : rest.front();
  if (c == '"' || c == '\\') {
    rest.remove_prefix(1);
    return c;
  }
  const bool long_enough = c == 'x' && rest.size() > 2;
  const auto high = long_enough ? hex_digit(rest[1]) : std::nullopt, low = long_enough ? hex_digit(rest[2]) : high;
  if (!high || !low || *high > 1) return '\\';  // not a control character
  rest.remove_prefix(3);
  return static_cast<char>(*high << 4 | *low);
}

}  // namespace

std::optional<WallTime> parse_utc(std::string_view text) {
  using namespace std::chrono;
  const auto digits = digits_of(text, "0000-00-00T00:00:00.000000Z");
  if (!digits) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t count) {
    return *parse_number<unsigned>(std::string_view(*digits).substr(at, count));
  };
  const year_month_day date(year(static_cast<int>(number(0, 4))), month(number(4, 2)), day(number(6, 2)));
  const unsigned hour = number(8, 2), minute = number(10, 2), second = number(12, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + microseconds(number(14, 6));
}

std::optional<WallTime> parse_unix(std::string_view text) {
  constexpr std::int64_t kLatest = 9'000'000'000;  // within the range of WallTime
  const auto seconds = parse_number<std::int64_t>(text);
  if (!seconds || *seconds > kLatest) return std::nullopt;
  return WallTime{} + std::chrono::seconds(*seconds);
}

std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text) {
  constexpr double kLongest = 1e9;
  const auto seconds = parse_number<double>(text);
  if (!seconds || *seconds > kLongest) return std::nullopt;
  return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(*seconds));
}

std::vector<std::string> command_words(std::string_view text) {
  std::vector<std::string> words;
  if (text.empty()) return words;
  words.emplace_back();
  bool quoted = false;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"')
      quoted = !quoted;
    else if (c == ' ' && !quoted)
      words.emplace_back();
    else
      words.back() += c == '\\' ? take_escaped(text) : c;
  }
  return words;
}

Reason reason_of(std::string_view text) {
  if (const auto reason = parse_reason(text)) return *reason;
  if (text.empty() || text == "none") return Reason::None;
  if (text == "rst-ack") return Reason::Reset;  // of masscan
  for (const std::string_view plural : {"s", "es"})
    if (text.ends_with(plural))
      if (const auto reason = parse_reason(text.substr(0, text.size() - plural.size()))) return *reason;
  return Reason::UnknownResponse;
}

std::optional<Address> parse_address(std::string_view text) {
  if (auto address = Address::parse(text)) return address;
  return Address::parse(text.substr(0, text.find('%')));
}

std::optional<std::string> parse_mac(std::string_view text) {
  constexpr std::size_t kBytes = 6;
  std::string mac;
  if (text.size() != 3 * kBytes - 1) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    const auto high = hex_digit(text[at]), low = hex_digit(text[at + 1]);
    if (!high || !low) return std::nullopt;
    if (at > 0 && text[at - 1] != ':') return std::nullopt;
    mac += static_cast<char>(*high << 4 | *low);
  }
  return mac;
}

}  // namespace sluice::output
