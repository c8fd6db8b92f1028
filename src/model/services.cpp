// SPDX-License-Identifier: Apache-2.0
#include "model/services.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace sluice::model {

namespace {

std::size_t index(Protocol protocol) { return static_cast<std::size_t>(protocol); }

/// Parses a ratio. For the usual form, "0." with up to nine digits, it divides two integers that a double represents
/// exactly, so that the result is the nearest double. Other forms take the general conversion.
std::optional<double> parse_decimal(std::string_view text) {
  constexpr std::string_view kZero = "0.";
  constexpr double kPowers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
  if (!text.starts_with(kZero) || text.size() - kZero.size() >= std::size(kPowers)) return parse_number<double>(text);
  std::uint32_t digits = 0;
  for (const char c : text.substr(kZero.size())) {
    if (!is_digit(c)) return parse_number<double>(text);
    digits = digits * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return digits / kPowers[text.size() - kZero.size()];
}

std::optional<double> parse_ratio(std::string_view text) {
  if (text.empty() || text.front() == '#') return 0.0;
  std::string_view denominator = text;
  const auto over = parse_decimal(take_until(denominator, '/'));
  if (!over || denominator.empty()) return over;
  const auto under = parse_number<double>(denominator);
  if (!under || *under <= 0) return std::nullopt;
  return *over / *under;
}

}  // namespace

std::vector<std::uint32_t> ServiceTable::in_order(std::vector<Entry>& entries) {
  const auto before = [](const Entry& a, const Entry& b) { return a.port < b.port; };
  if (!std::is_sorted(entries.begin(), entries.end(), before)) std::stable_sort(entries.begin(), entries.end(), before);
  const auto same = [](const Entry& a, const Entry& b) { return a.port == b.port; };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  std::vector<std::uint32_t> places(entries.empty() ? 0 : entries.back().port + std::size_t{1}, kNowhere);
  for (std::uint32_t place = 0; place < entries.size(); ++place) places[entries[place].port] = place;
  return places;
}

ServiceTable ServiceTable::parse(std::string text) {
  ServiceTable table;
  table.text_ = std::make_unique<const std::string>(std::move(text));
  std::string_view rest = *table.text_;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = take_until(rest, '\n');
    const std::string_view name = take_word(line);
    std::string_view place = take_word(line);
    if (name.empty() || name.front() == '#') continue;
    const auto port = parse_number<std::uint16_t>(take_until(place, '/'));
    const auto protocol = parse_protocol(place);
    const auto ratio = parse_ratio(take_word(line));
    if (!port || !protocol || !ratio) {
      if (table.unread_.lines++ == 0) table.unread_.first = number;
      continue;
    }
    table.entries_[index(*protocol)].push_back({*port, name, *ratio});
  }
  for (std::size_t protocol = 0; protocol < table.entries_.size(); ++protocol)
    table.places_[protocol] = in_order(table.entries_[protocol]);
  return table;
}

const ServiceTable::Entry* ServiceTable::find(std::uint16_t port, Protocol protocol) const {
  const auto& places = places_[index(protocol)];
  const std::uint32_t place = port < places.size() ? places[port] : kNowhere;
  return place == kNowhere ? nullptr : &entries_[index(protocol)][place];
}

std::string_view ServiceTable::name(std::uint16_t port, Protocol protocol) const {
  const Entry* entry = find(port, protocol);
  return entry && entry->name != "unknown" ? entry->name : std::string_view{};
}

bool ServiceTable::known(std::uint16_t port, Protocol protocol) const { return find(port, protocol) != nullptr; }

double ServiceTable::ratio(std::uint16_t port, Protocol protocol) const {
  const Entry* entry = find(port, protocol);
  return entry ? entry->ratio : 0;
}

std::vector<std::uint16_t> ServiceTable::ports(Protocol protocol) const {
  std::vector<std::uint16_t> all;
  for (const Entry& entry : entries_[index(protocol)]) all.push_back(entry.port);
  return all;
}

std::vector<std::uint16_t> ServiceTable::matching(std::string_view mask, Protocol protocol) const {
  const std::string wanted = to_lower(mask);
  std::vector<std::uint16_t> found;
  for (const Entry& entry : entries_[index(protocol)])
    if (matches_glob(wanted, to_lower(entry.name), true)) found.push_back(entry.port);
  return found;
}

std::vector<std::uint16_t> ServiceTable::most_frequent(std::vector<std::uint16_t> among, Protocol protocol,
                                                       std::size_t count) const {
  std::erase_if(among, [&](std::uint16_t port) { return !known(port, protocol); });
  std::sort(among.begin(), among.end());
  if (count < among.size()) {
    std::stable_sort(among.begin(), among.end(),
                     [&](std::uint16_t a, std::uint16_t b) { return ratio(a, protocol) > ratio(b, protocol); });
    among.resize(count);
    std::sort(among.begin(), among.end());
  }
  return among;
}

}  // namespace sluice::model
