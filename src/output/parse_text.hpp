// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <sluice/report.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

// Reads what phrases.hpp and the reports write. Thread-safe.

namespace sluice::output {

/// Reads "2026-11-24T04:00:00.000000Z"; nothing for any other text.
std::optional<WallTime> parse_utc(std::string_view text);
/// Reads whole seconds since 1970-01-01 00:00 UTC.
std::optional<WallTime> parse_unix(std::string_view text);
/// Reads seconds: "0.05".
std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text);
/// Reads a command line: what command_text() writes, and what nmap writes, which does not put empty arguments in
/// quotes.
std::vector<std::string> command_words(std::string_view text);
/// Reads a reason in the words of sluice, masscan or an older nmap ("resets"). Returns Reason::UnknownResponse for any
/// other word.
Reason reason_of(std::string_view text);
/// Reads an address. Drops a scope that this machine does not have.
std::optional<Address> parse_address(std::string_view text);
/// Reads "AA:BB:CC:DD:EE:FF" as 6 bytes.
std::optional<std::string> parse_mac(std::string_view text);

/// Calls `take` for each number of ascending port numbers and ranges: "80,7001-7002". Returns false if the text is
/// wrong, or if the numbers do not ascend.
template <class Take>
bool for_each_number(std::string_view ranges, Take take) {
  int before = -1;
  while (!ranges.empty()) {
    std::string_view range = take_until(ranges, ',');
    const bool single = range.find('-') == std::string_view::npos;
    const auto first = parse_number<std::uint16_t>(take_until(range, '-'));
    const auto last = single ? first : parse_number<std::uint16_t>(range);
    if (!first || !last || *first <= before || *last < *first) return false;
    before = *last;
    for (unsigned number = *first; number <= *last; ++number) take(static_cast<std::uint16_t>(number));
  }
  return true;
}

}  // namespace sluice::output
