// SPDX-License-Identifier: Apache-2.0
#include "arguments/option_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <sluice/quote.hpp>

namespace sluice::arguments {

namespace {

std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

/// A number and the text behind it.
struct Measure {
  double number = 0;
  std::string_view unit;
};
std::optional<Measure> read_measure(std::string_view text) {
  Measure measure;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), measure.number);
  if (failed != std::errc{} || !std::isfinite(measure.number)) return std::nullopt;
  measure.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return measure;
}

}  // namespace

Result<std::uint64_t> read_whole_number(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed == std::errc::invalid_argument || end != text.data() + text.size())
    return Error{fmt::format("\"{}\" is not a whole number", shortened(text))};
  if (failed != std::errc{} || number > most)
    return Error{fmt::format("{} is not between 0 and {}", shortened(text), most)};
  return number;
}

Result<std::chrono::milliseconds> read_time(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 5> kUnits = {
      {{"", 1e3}, {"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}}};
  constexpr double kLongest = 1e12;  // about 30 years; the limit of the library
  if (const auto measure = read_measure(text))
    for (const auto& [unit, milliseconds] : kUnits)
      if (to_lower(measure->unit) == unit && measure->number >= 0)
        return std::chrono::milliseconds(std::llround(std::min(measure->number * milliseconds, kLongest)));
  return Error{fmt::format("\"{}\" is not a time such as 30, 1.5s, 100ms, 5m or 2h", shortened(text))};
}

Result<double> read_decimal(std::string_view text) {
  const auto measure = read_measure(text);
  if (!measure || !measure->unit.empty()) return Error{fmt::format("\"{}\" is not a number", shortened(text))};
  return measure->number;
}

Result<int> read_timing(std::string_view text) {
  constexpr std::array<std::string_view, 6> kNames = {"paranoid", "sneaky", "polite", "normal", "aggressive", "insane"};
  const std::string lower = to_lower(text);
  for (std::size_t level = 0; level < kNames.size(); ++level)
    if (lower == kNames[level]) return static_cast<int>(level);
  if (auto level = read_number<int>(text)) return level;
  return Error{fmt::format("\"{}\" is not a timing template; the templates are 0 to 5, {}", shortened(text),
                           fmt::join(kNames, ", "))};
}

Result<std::size_t> read_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits = {
      {{"", 1}, {"k", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}}};
  constexpr double kLargest = 1e18;  // more than the library accepts, and still a number of bytes
  if (const auto measure = read_measure(text))
    for (const auto& [unit, bytes] : kUnits)
      if (measure->unit == unit && measure->number >= 0)
        return static_cast<std::size_t>(std::min(measure->number * bytes, kLargest));
  return Error{fmt::format("\"{}\" is not a size such as 65536, 64k, 16M or 1G", shortened(text))};
}

Result<Options::Part> read_part(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto number = read_number<unsigned>(text.substr(0, slash)),
               count = read_number<unsigned>(text.substr(slash + 1));
    if (number && count) return Options::Part{*number, *count};
  }
  return Error{fmt::format("\"{}\" is not a part such as 2/8 (the second of 8 parts)", shortened(text))};
}

std::string value_text(std::chrono::milliseconds time) {
  // From two of a unit on, so that "60s" stays.
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 2> kUnits = {{{"h", 3600'000}, {"m", 60'000}}};
  const std::int64_t count = time.count();
  if (count == 0) return "0";
  for (const auto& [unit, milliseconds] : kUnits)
    if (count % milliseconds == 0 && count >= 2 * milliseconds) return fmt::format("{}{}", count / milliseconds, unit);
  return count % 1000 == 0 ? fmt::format("{}s", count / 1000) : fmt::format("{}ms", count);
}
std::string value_text(const Options::Part& part) { return fmt::format("{}/{}", part.number, part.count); }
std::string value_text(std::int64_t number) { return fmt::format("{}", number); }
std::string size_text(std::size_t bytes) {
  constexpr std::array<std::pair<std::string_view, unsigned>, 3> kUnits = {{{"G", 30}, {"M", 20}, {"k", 10}}};
  for (const auto& [unit, shift] : kUnits)
    if (bytes != 0 && (bytes >> shift) << shift == bytes) return fmt::format("{}{}", bytes >> shift, unit);
  return fmt::format("{}", bytes);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const auto first = part.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    parts.emplace_back(part.substr(first, part.find_last_not_of(" \t") - first + 1));
  }
  return parts;
}

std::string expand_file_name(std::string_view name, const std::tm& local) {
  std::string expanded;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] != '%' || at + 1 == name.size()) {
      expanded += name[at];
      continue;
    }
    const char conversion = name[++at];
    const char* format = nullptr;
    switch (conversion) {
      case 'H':
        format = "%H";
        break;
      case 'M':
        format = "%M";
        break;
      case 'S':
        format = "%S";
        break;
      case 'm':
        format = "%m";
        break;
      case 'd':
        format = "%d";
        break;
      case 'y':
        format = "%y";
        break;
      case 'Y':
        format = "%Y";
        break;
      case 'T':
        format = "%H%M%S";
        break;
      case 'R':
        format = "%H%M";
        break;
      case 'D':
        format = "%m%d%y";
        break;
      case 'F':
        format = "%Y-%m-%d";
        break;
      default:
        expanded += conversion;
        continue;
    }
    std::array<char, 16> text{};
    expanded.append(text.data(), std::strftime(text.data(), text.size(), format, &local));
  }
  return expanded;
}

}  // namespace sluice::arguments
