// SPDX-License-Identifier: Apache-2.0
#include "model/payloads.hpp"

#include <optional>
#include <utility>

#include "base/text.hpp"

namespace sluice::model {

namespace {

constexpr std::size_t kMaxPerPort = 255;  // limit in the description of the file format

struct Range {
  std::uint16_t first, last;
};

std::optional<std::vector<Range>> parse_ranges(std::string_view text) {
  std::vector<Range> ranges;
  while (!text.empty()) {
    std::string_view upper = take_until(text, ',');
    const bool range = upper.find('-') != std::string_view::npos;
    const auto first = parse_number<std::uint16_t>(take_until(upper, '-'));
    const auto last = range ? parse_number<std::uint16_t>(upper) : first;
    if (!first || !last || *first > *last) return std::nullopt;
    ranges.push_back({*first, *last});
  }
  return ranges;
}

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

/// Removes up to `most` digits of `base` from `text` and returns their value; nothing if there is no digit.
std::optional<char> take_code(std::string_view& text, int base, std::size_t most) {
  int code = 0;
  std::size_t count = 0;
  for (; count < most && count < text.size() && digit_value(text[count]) < base; ++count)
    code = code * base + digit_value(text[count]);
  if (count == 0) return std::nullopt;
  text.remove_prefix(count);
  return static_cast<char>(code);
}

std::optional<char> take_escaped(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  if (digit_value(text.front()) < 8) return take_code(text, 8, 3);
  const char c = text.front();
  text.remove_prefix(1);
  if (c == 'x') return take_code(text, 16, 2);
  constexpr std::string_view kLetters = "abfnrtv", kCodes = "\a\b\f\n\r\t\v";
  const std::size_t letter = kLetters.find(c);
  return letter == std::string_view::npos ? c : kCodes[letter];
}

/// Removes a string, whose opening quotation mark was read, from `text`. Returns its bytes, or nothing if it has no end
/// in this line.
std::optional<std::string> take_string(std::string_view& text) {
  std::string bytes;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return bytes;
    const auto byte = c == '\\' ? take_escaped(text) : c;
    if (!byte) return std::nullopt;
    bytes += *byte;
  }
  return std::nullopt;
}

}  // namespace

Result<Payloads> Payloads::parse(std::string_view text) {
  Payloads payloads;
  std::vector<Range> ranges;
  std::optional<std::string> current;  // joined strings of the current entry
  const auto finish = [&] {
    if (current)
      for (const Range& range : ranges)
        for (unsigned port = range.first; port <= range.last; ++port)
          payloads.add(static_cast<std::uint16_t>(port), *current);
    ranges.clear();
    current.reset();
  };
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto failed = [number](const char* what) {
      return Error{"nmap-payloads, line " + std::to_string(number) + ": " + what};
    };
    std::string_view line = take_until(text, '\n');
    while (!(line = trim(line)).empty() && line.front() != '#') {
      if (line.front() == '"') {
        line.remove_prefix(1);
        const auto bytes = take_string(line);
        if (!bytes) return failed("a string does not end, or has a bad escape");
        if (ranges.empty()) return failed("a string without ports");
        current = current.value_or("") + *bytes;
        continue;
      }
      if (take_word(line) != "udp") break;
      finish();
      auto parsed = parse_ranges(take_word(line));
      if (!parsed || parsed->empty()) return failed("no list of ports behind 'udp'");
      ranges = std::move(*parsed);
    }
  }
  finish();
  return payloads;
}

void Payloads::add(std::uint16_t port, std::string payload) {
  if (auto& known = by_port_[port]; known.size() < kMaxPerPort) known.push_back(std::move(payload));
}

const std::vector<std::string>& Payloads::of(std::uint16_t port) const {
  static const std::vector<std::string> none;
  const auto found = by_port_.find(port);
  return found == by_port_.end() ? none : found->second;
}

}  // namespace sluice::model
