// SPDX-License-Identifier: Apache-2.0
#include "model/mac_vendors.hpp"

#include "base/text.hpp"

namespace sluice::model {

namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

MacVendors MacVendors::parse(std::string_view text) {
  MacVendors vendors;
  while (!text.empty()) {
    const std::string_view line = trim(take_until(text, '\n'));
    if (line.empty() || line.front() == '#') continue;
    const std::string_view prefix = line.substr(0, line.find_first_of(kBlanks));
    vendors.by_prefix_.emplace(prefix, trim(line.substr(prefix.size())));
  }
  return vendors;
}

std::string_view MacVendors::of_digits(std::string_view hex) const {
  for (const std::size_t size : {9, 7, 6})
    if (const auto found = by_prefix_.find(std::string(hex.substr(0, size))); found != by_prefix_.end())
      return found->second;
  return {};
}

std::string_view MacVendors::of(std::string_view mac) const {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string hex;
  for (const unsigned char byte : mac) (hex += kDigits[byte >> 4]) += kDigits[byte & 15];
  return of_digits(hex);
}

}  // namespace sluice::model
