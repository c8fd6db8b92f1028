// SPDX-License-Identifier: Apache-2.0
#include "native/route_table.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sluice::net {

namespace {

constexpr unsigned kUp = 1, kGateway = 2, kReject = 0x200;  // RTF_... of route(4)

std::optional<unsigned> read_hex(std::string_view text) {
  unsigned number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (failure != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Reads 32 hexadecimal digits.
std::optional<Address> read_v6(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    const auto byte = read_hex(text.substr(at, 2));
    if (!byte) return std::nullopt;
    bytes += static_cast<char>(*byte);
  }
  return bytes.size() == 16 ? Address::from_bytes(bytes) : std::nullopt;
}

/// `number` is the value of an address whose bytes in memory are in network order.
Address v4_of(unsigned number) {
  return Address::v4(std::endian::native == std::endian::little ? __builtin_bswap32(number) : number);
}

bool leads_somewhere(unsigned flags) { return (flags & kUp) && !(flags & kReject); }

std::optional<RouteEntry> read_row4(const std::string& line) {
  std::string device, destination, gateway, flags, references, uses, mask;
  unsigned metric = 0;
  if (!(std::istringstream(line) >> device >> destination >> gateway >> flags >> references >> uses >> metric >> mask))
    return std::nullopt;
  const auto to = read_hex(destination), by = read_hex(gateway), marks = read_hex(flags), bits = read_hex(mask);
  if (!to || !by || !marks || !bits || !leads_somewhere(*marks) || device == "*") return std::nullopt;
  RouteEntry route{v4_of(*to), static_cast<unsigned>(std::popcount(*bits)), device, metric};
  if (*marks & kGateway) route.gateway = v4_of(*by);
  return route;
}

std::optional<RouteEntry> read_row6(const std::string& line) {
  std::string destination, prefix, source, source_prefix, gateway, metric, references, uses, flags, device;
  if (!(std::istringstream(line) >> destination >> prefix >> source >> source_prefix >> gateway >> metric >>
        references >> uses >> flags >> device))
    return std::nullopt;
  const auto to = read_v6(destination), by = read_v6(gateway);
  const auto bits = read_hex(prefix), cost = read_hex(metric), marks = read_hex(flags);
  if (!to || !by || !bits || !cost || !marks || !leads_somewhere(*marks)) return std::nullopt;
  RouteEntry route{*to, *bits, device, *cost};
  if (*marks & kGateway) route.gateway = by;
  return route;
}

template <class ReadRow>
void add_rows(std::vector<RouteEntry>& routes, const std::string& table, ReadRow read_row) {
  const auto first = static_cast<std::ptrdiff_t>(routes.size());
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);)
    if (auto route = read_row(line)) routes.push_back(std::move(*route));
  std::stable_sort(routes.begin() + first, routes.end(), [](const RouteEntry& a, const RouteEntry& b) {
    return a.prefix != b.prefix ? a.prefix > b.prefix : a.metric < b.metric;
  });
}

std::string read_table(const char* path) {
  std::ifstream file(path);  // does not exist without this address family
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<RouteEntry> read_routes(const std::string& table4, const std::string& table6) {
  std::vector<RouteEntry> routes;
  add_rows(routes, table4, read_row4);
  add_rows(routes, table6, read_row6);
  return routes;
}

std::vector<RouteEntry> list_routes() {
  return read_routes(read_table("/proc/net/route"), read_table("/proc/net/ipv6_route"));
}

}  // namespace sluice::net
