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

/// A set of addresses in ascending order that is walked, never stored: of IPv4 all combinations of four sets of octets,
/// of IPv6 one network. A value: a copy walks on its own from where the original stood.
class AddressPattern {
 public:
  /// The network of `bits` around an address; it keeps the address's scope. Error: more bits than the address has.
  static Result<AddressPattern> network(const Address& address, unsigned bits);

  using Octets = std::bitset<256>;
  /// None of the four may be empty.
  static AddressPattern v4(const std::array<Octets, 4>& octets);
  /// Every combination as if its first `bits` (at most 32) alone had been given; IPv4 only.
  void widen(unsigned bits);

  [[nodiscard]] Family family() const { return first_.family(); }
  /// The next one; nothing at the end, and from then on.
  std::optional<Address> next();
  /// How many in all; UINT64_MAX stands for that many and more.
  [[nodiscard]] std::uint64_t size() const;
  /// Scopes are not looked at.
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

/// One target specification (cli.md 1): addresses, or a name that has to be resolved.
struct TargetSpec {
  std::string text;  ///< as written
  std::optional<AddressPattern> pattern;
  std::string name;              ///< when there is no pattern; ASCII (see ascii_name)
  std::optional<unsigned> bits;  ///< "name/24": the network around what the name resolves to

  /// Reads octet lists ("10.0-3.*.1,7"), "/bits" behind them, an IPv6 literal [%scope][/bits], or a name [/bits]. What
  /// has four parts of digits, or characters that no name has, and is none of these is an error that names it. Whether
  /// a name resolves is not asked here.
  static Result<TargetSpec> parse(std::string_view text);
  /// The same for what is to be scanned with one address family: an error for addresses of the other.
  static Result<TargetSpec> parse(std::string_view text, Family family);

  /// How many addresses it has; a name counts as one, or as many as its network has if it is one of IPv4.
  [[nodiscard]] double size() const;
};

/// The addresses that a name with or without "/bits" stands for, once it is resolved.
Result<AddressPattern> expand(const TargetSpec& spec, const Address& resolved);

/// A specification and the line of its file it stands in, counted from 1.
struct ListedTarget {
  std::string text;
  std::size_t line = 0;
};

/// Splits the text of an -iL file: separated by white space, "#" comments out the rest of a line.
std::vector<ListedTarget> read_target_list(std::string_view text);

/// Parses one out of a file, for one address family or for any; the error names the file and the line too. `file` is
/// "-" for standard input.
Result<TargetSpec> parse(const ListedTarget& target, const std::string& file, std::optional<Family> family);

/// "FILE, line 7" or "standard input, line 7".
std::string place_in_file(const std::string& file, std::size_t line);

/// Addresses that are not to be touched. Scopes are not looked at. Asking costs the logarithm of the number of ranges;
/// patterns that would fall into many ranges are asked one after the other.
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

  std::vector<Range> ranges_;  // ascending, apart from each other
  std::vector<AddressPattern> scattered_;
};

}  // namespace sluice::model
