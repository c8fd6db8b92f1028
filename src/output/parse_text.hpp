// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/report.hpp>
#include <string>
#include <string_view>

#include "base/text.hpp"

// Reads what phrases.hpp and the reports write. Thread-safe.

namespace sluice::output {

/// Reads "2026-11-24T04:00:00.000000Z"; nothing for any other text.
std::optional<WallTime> parse_utc(std::string_view text);
/// Reads an address. Drops a scope that this machine does not have.
std::optional<Address> parse_address(std::string_view text);
/// Reads "AA:BB:CC:DD:EE:FF" as 6 bytes.
std::optional<std::string> parse_mac(std::string_view text);

/// Calls `take` for each number of ascending port numbers and ranges: "80,7001-7002". Returns false if the text is
/// wrong.
template <class Take>
bool for_each_number(std::string_view ranges, Take take) {
  while (!ranges.empty()) {
    std::string_view range = take_until(ranges, ',');
    const bool single = range.find('-') == std::string_view::npos;
    const auto first = parse_number<std::uint16_t>(take_until(range, '-'));
    const auto last = single ? first : parse_number<std::uint16_t>(range);
    if (!first || !last) return false;
    for (unsigned number = *first; number <= *last; ++number) take(static_cast<std::uint16_t>(number));
  }
  return true;
}

}  // namespace sluice::output
