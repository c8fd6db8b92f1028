#include "model/services.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace sluice::model {

namespace {

std::size_t index(Protocol protocol) { return static_cast<std::size_t>(protocol); }

std::optional<double> parse_ratio(std::string_view text) {
  if (text.empty() || text.front() == '#') return 0.0;
  std::string_view denominator = text;
  const auto over = parse_number<double>(take_until(denominator, '/'));
  if (!over || denominator.empty()) return over;
  const auto under = parse_number<double>(denominator);
  if (!under || *under <= 0) return std::nullopt;
  return *over / *under;
}

}  // namespace

ServiceTable ServiceTable::parse(std::string_view text) {
  ServiceTable table;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view name = take_word(line);
    std::string_view place = take_word(line);
    if (name.empty() || name.front() == '#') continue;
    const auto port = parse_number<std::uint16_t>(take_until(place, '/'));
    const auto protocol = parse_protocol(place);
    const auto ratio = parse_ratio(take_word(line));
    if (!port || !protocol || !ratio) continue;
    table.entries_[index(*protocol)].push_back({*port, *table.names_.emplace(name).first, *ratio});
  }
  for (auto& entries : table.entries_) {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.port < b.port; });
    const auto same = [](const Entry& a, const Entry& b) { return a.port == b.port; };
    entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  }
  return table;
}

const ServiceTable::Entry* ServiceTable::find(std::uint16_t port, Protocol protocol) const {
  const auto& entries = entries_[index(protocol)];
  // Each port stands there once, so none is further back than its number.
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(entries.size(), port + 1u));
  const auto at = std::lower_bound(entries.begin(), end, port,
                                   [](const Entry& entry, std::uint16_t wanted) { return entry.port < wanted; });
  return at != end && at->port == port ? &*at : nullptr;
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
