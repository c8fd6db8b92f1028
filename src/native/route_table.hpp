#pragma once

#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <vector>

namespace sluice::net {

/// One line of the kernel's tables of routes.
struct RouteEntry {
  Address destination;
  unsigned prefix = 0;
  std::string device;
  unsigned metric = 0;
  std::optional<Address> gateway{};
};

/// Reads the texts of /proc/net/route and /proc/net/ipv6_route. In Nmap's order: of IPv4 before those of IPv6, the
/// longest prefix first, then by metric, then as they came. Routes that refuse or drop packets are left out, as are
/// lines of another form.
std::vector<RouteEntry> read_routes(const std::string& table4, const std::string& table6);

/// All routes of this machine; none if the system does not tell.
std::vector<RouteEntry> list_routes();

}  // namespace sluice::net
