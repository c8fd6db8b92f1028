// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "model/target_spec.hpp"

namespace sluice::model {

namespace {

constexpr std::uint64_t kCountless = std::numeric_limits<std::uint64_t>::max();

unsigned width(const Address& address) { return address.is_v4() ? 32 : 128; }

Address without_scope(const Address& address) { return address.scope() == 0 ? address : Address::v6(address.raw()); }

/// Returns `address` with all bits after the first `bits` set to `value`.
Address fill(const Address& address, unsigned bits, bool value) {
  auto raw = address.raw();
  for (unsigned bit = bits; bit < width(address); ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80u >> bit % 8);
    raw[bit / 8] = static_cast<std::uint8_t>(value ? raw[bit / 8] | mask : raw[bit / 8] & ~mask);
  }
  return address.is_v4() ? *Address::from_bytes({reinterpret_cast<const char*>(raw.data()), 4})
                         : Address::v6(raw, address.scope());
}

Address successor(const Address& address) {
  if (address.is_v4()) return Address::v4(address.v4_value() + 1);
  auto raw = address.raw();
  for (std::size_t i = raw.size(); i-- > 0;)
    if (++raw[i] != 0) break;
  return Address::v6(raw, address.scope());
}

}  // namespace

Result<AddressPattern> AddressPattern::network(const Address& address, unsigned bits) {
  if (bits > width(address))
    return Error{"/" + std::to_string(bits) + " is more than the " + std::to_string(width(address)) + " bits of " +
                 address.text()};
  AddressPattern pattern(fill(address, bits, false), fill(address, bits, true));
  if (!address.is_v4()) return pattern;
  std::array<Octets, 4> octets;
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i].set(address.raw()[i]);
  pattern.set_octets(octets);
  pattern.widen(bits);
  return pattern;
}

AddressPattern AddressPattern::v4(const std::array<Octets, 4>& octets) {
  AddressPattern pattern{Address(), Address()};
  pattern.set_octets(octets);
  return pattern;
}

void AddressPattern::set_octets(const std::array<Octets, 4>& octets) {
  octets_ = octets;
  std::uint32_t first = 0, last = 0;
  for (const Octets& set : octets_) {
    unsigned low = 0, high = 255;
    while (!set[low]) ++low;
    while (!set[high]) --high;
    first = first << 8 | low;
    last = last << 8 | high;
  }
  first_ = Address::v4(first);
  last_ = Address::v4(last);
  next_ = first_;
}

void AddressPattern::widen(unsigned bits) {
  std::array<Octets, 4> wide;
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned kept = std::min(8u, bits > 8 * i ? bits - 8 * i : 0u);
    for (unsigned value = 0; value < 256; ++value)
      if (octets_[i][value])
        for (unsigned other = 0; other < 256; ++other)
          if (value >> (8 - kept) == other >> (8 - kept)) wide[i].set(other);
  }
  set_octets(wide);
}

std::optional<Address> AddressPattern::next() {
  const std::optional<Address> current = next_;
  if (current) advance();
  return current;
}

void AddressPattern::advance() {
  if (*next_ == last_) {
    next_.reset();
    return;
  }
  if (family() == Family::Inet6) {
    next_ = successor(*next_);
    return;
  }
  auto raw = next_->raw();
  // Carries to the left. The first octet has a next value, because last_ has not been reached.
  for (std::size_t i = 4; i-- > 0;) {
    unsigned value = raw[i] + 1u;
    while (value < 256 && !octets_[i][value]) ++value;
    raw[i] = value < 256 ? static_cast<std::uint8_t>(value) : first_.raw()[i];
    if (value < 256) break;
  }
  next_ = Address::from_bytes({reinterpret_cast<const char*>(raw.data()), 4});
}

std::uint64_t AddressPattern::size() const {
  if (family() == Family::Inet) {
    std::uint64_t count = 1;
    for (const Octets& set : octets_) count *= set.count();
    return count;
  }
  unsigned free_bits = 0;  // first and last address of a network differ in exactly these bits
  for (std::size_t i = 0; i < 16; ++i)
    free_bits += static_cast<unsigned>(std::bitset<8>(first_.raw()[i] ^ last_.raw()[i]).count());
  return free_bits < 64 ? std::uint64_t{1} << free_bits : kCountless;
}

bool AddressPattern::contains(const Address& address) const {
  if (address.family() != family()) return false;
  if (family() == Family::Inet6) return address.raw() >= first_.raw() && address.raw() <= last_.raw();
  for (std::size_t i = 0; i < 4; ++i)
    if (!octets_[i][address.raw()[i]]) return false;
  return true;
}

void ExclusionSet::add(const AddressPattern& pattern) {
  constexpr std::uint64_t kMaxRanges = 1024;
  if (pattern.family() == Family::Inet6) {
    add_range(pattern.first(), pattern.last());
    return;
  }
  // If the last octets have all values, each combination of the octets before them is one range.
  std::array<AddressPattern::Octets, 4> heads = pattern.octets();
  unsigned bits = 32;
  for (std::size_t i = 4; i-- > 0 && pattern.octets()[i].all(); bits -= 8) heads[i] = AddressPattern::Octets(1);
  AddressPattern starts = AddressPattern::v4(heads);
  if (starts.size() > kMaxRanges) {
    scattered_.push_back(pattern);
    return;
  }
  while (const auto start = starts.next()) add_range(*start, fill(*start, bits, true));
}

void ExclusionSet::add_range(const Address& from, const Address& to) {
  Range range{without_scope(from), without_scope(to)};
  const auto touches = [](const Range& left, const Range& right) {  // `left` does not begin after `right`
    return left.last.family() == right.first.family() &&
           (left.last >= right.first || successor(left.last) == right.first);
  };
  auto begin = std::lower_bound(ranges_.begin(), ranges_.end(), range.first,
                                [](const Range& a, const Address& first) { return a.first < first; });
  if (begin != ranges_.begin() && touches(*std::prev(begin), range)) --begin;
  auto end = begin;
  for (; end != ranges_.end() &&
         touches(end->first < range.first ? *end : range, end->first < range.first ? range : *end);
       ++end) {
    range.first = std::min(range.first, end->first);
    range.last = std::max(range.last, end->last);
  }
  ranges_.insert(ranges_.erase(begin, end), range);
}

bool ExclusionSet::contains(const Address& scoped) const {
  const Address address = without_scope(scoped);
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                      [](const Address& wanted, const Range& range) { return wanted < range.first; });
  if (after != ranges_.begin() && address <= std::prev(after)->last) return true;
  return std::any_of(scattered_.begin(), scattered_.end(),
                     [&](const AddressPattern& pattern) { return pattern.contains(address); });
}

}  // namespace sluice::model
