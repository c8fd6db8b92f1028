#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice::model {

/// The vendors of network cards, from the data file nmap-mac-prefixes.
class MacVendors {
 public:
  /// Reads lines "PREFIX VENDOR", where PREFIX has 6, 7 or 9 upper-case hex digits. Other lines name no vendor.
  static MacVendors parse(std::string_view text);

  /// Returns the vendor of an address given as 12 upper-case hex digits. The longest prefix decides. "" if unknown.
  [[nodiscard]] std::string_view of_digits(std::string_view hex) const;
  /// The same for an address of 6 raw bytes.
  [[nodiscard]] std::string_view of(std::string_view mac) const;

 private:
  std::unordered_map<std::string, std::string> by_prefix_;
};

}  // namespace sluice::model
