// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice::model {

/// Vendors of network interfaces, from the data file nmap-mac-prefixes. Immutable; thread-safe.
class MacVendors {
 public:
  /// Parses lines "PREFIX VENDOR". PREFIX has 6, 7 or 9 upper-case hexadecimal digits. Other lines are ignored.
  static MacVendors parse(std::string_view text);

  /// Returns the vendor of an address of 12 upper-case hexadecimal digits, by the longest prefix; "" if unknown. The
  /// result is valid as long as the table exists.
  [[nodiscard]] std::string_view of_digits(std::string_view hex) const;
  /// Returns the vendor of an address of 6 bytes; "" if unknown.
  [[nodiscard]] std::string_view of(std::string_view mac) const;

 private:
  std::unordered_map<std::string, std::string> by_prefix_;
};

}  // namespace sluice::model
