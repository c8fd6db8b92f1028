// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// A set of addresses that is enumerated in ascending order without being stored. For IPv4, it has all combinations of
/// four sets of octets; for IPv6, it is one network. A copy continues the enumeration on its own. Not thread-safe.
class AddressPattern {
 public:
  /// Creates the network of `bits` bits that contains `address`, with its scope.
  /// Errors: `bits` exceeds the size of the address.
  static Result<AddressPattern> network(const Address& address, unsigned bits);

  using Octets = std::bitset<256>;
  /// Creates all combinations of the octets. REQUIRES: no set is empty.
  static AddressPattern v4(const std::array<Octets, 4>& octets);
  /// Adds all addresses that share their first `bits` bits with an address of the set. REQUIRES: IPv4, bits <= 32.
  void widen(unsigned bits);

  [[nodiscard]] Family family() const { return first_.family(); }
  /// Returns the next address, or nothing after the last one.
  std::optional<Address> next();
  /// Returns the number of all addresses. UINT64_MAX means that many or more.
  [[nodiscard]] std::uint64_t size() const;
  /// True if the set has the address. Scopes are ignored.
  [[nodiscard]] bool contains(const Address& address) const;
  [[nodiscard]] const std::array<Octets, 4>& octets() const { return octets_; }
  [[nodiscard]] const Address& first() const { return first_; }
  [[nodiscard]] const Address& last() const { return last_; }

 private:
  AddressPattern(const Address& first, const Address& last) : first_(first), last_(last), next_(first) {}
  void set_octets(const std::array<Octets, 4>& octets);
  void advance();

  std::array<Octets, 4> octets_;  // IPv4 only
  Address first_, last_;
  std::optional<Address> next_;
};

/// A target specification: a set of addresses, or a name that must be resolved. docs/options.md, "Targets".
struct TargetSpec {
  std::string text;  ///< the input text
  std::optional<AddressPattern> pattern;
  std::string name;              ///< if there is no pattern; ASCII (see ascii_name)
  std::optional<unsigned> bits;  ///< of "name/24": the network around the address of the name

  /// Parses octet lists with optional bits ("10.0-3.*.1,7/24"), an IPv6 literal [%scope][/bits], or a name [/bits].
  /// Does not resolve names.
  /// Errors: the text has none of these forms; the message quotes it.
  static Result<TargetSpec> parse(std::string_view text);
  /// Parses a target for a run with one address family. Errors: also if the address has the other family.
  static Result<TargetSpec> parse(std::string_view text, Family family);

  /// Returns the number of addresses. A name counts as 1; with bits, as the size of an IPv4 network.
  [[nodiscard]] double size() const;
};

/// Returns the addresses of a name after it was resolved to `resolved`. Errors: more bits than the address has.
Result<AddressPattern> expand(const TargetSpec& spec, const Address& resolved);

/// A target specification in a file.
struct ListedTarget {
  std::string text;
  std::size_t line = 0;  ///< 1 is the first
};

/// Splits the text of an `-iL` file at white space. "#" starts a comment to the end of the line.
std::vector<ListedTarget> read_target_list(std::string_view text);

/// Parses a target from a file, for one address family or for both. `file`: "-" is standard input.
/// Errors: the message begins with the file and the line.
Result<TargetSpec> parse(const ListedTarget& target, const std::string& file, std::optional<Family> family);

/// Returns "FILE, line 7" or "standard input, line 7".
std::string place_in_file(const std::string& file, std::size_t line);

/// Addresses that must not be contacted. Scopes are ignored. contains() is O(log ranges), plus one check for each
/// pattern that would need more than 1024 ranges. Not thread-safe while add() is called.
class ExclusionSet {
 public:
  void add(const AddressPattern& pattern);
  [[nodiscard]] bool contains(const Address& address) const;
  [[nodiscard]] bool empty() const { return ranges_.empty() && scattered_.empty(); }

 private:
  struct Range {
    Address first, last;
  };
  void add_range(const Address& first, const Address& last);

  std::vector<Range> ranges_;              // ascending; neither overlapping nor adjacent
  std::vector<AddressPattern> scattered_;  // patterns of more than 1024 ranges
};

}  // namespace sluice::model
