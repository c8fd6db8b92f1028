// SPDX-License-Identifier: Apache-2.0
#include "output/parse_text.hpp"

#include <chrono>

namespace sluice::output {

namespace {

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

std::optional<Address> parse_address(std::string_view text) {
  if (auto address = Address::parse(text)) return address;
  return Address::parse(text.substr(0, text.find('%')));
}

std::optional<std::string> parse_mac(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::size_t kBytes = 6;
  std::string mac;
  if (text.size() != 3 * kBytes - 1) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    const std::size_t high = kDigits.find(text[at]), low = kDigits.find(text[at + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    if (at > 0 && text[at - 1] != ':') return std::nullopt;
    mac += static_cast<char>(high << 4 | low);
  }
  return mac;
}

}  // namespace sluice::output
