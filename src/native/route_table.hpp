// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <vector>

namespace sluice::net {

/// One entry of the kernel's routing tables.
struct RouteEntry {
  Address destination;
  unsigned prefix = 0;
  std::string device;
  unsigned metric = 0;
  std::optional<Address> gateway{};
};

/// Reads the texts of /proc/net/route and /proc/net/ipv6_route. Returns the routes in Nmap's order: IPv4 before IPv6,
/// the longest prefix first, then by metric, then in the order of the text. Skips routes that are down or reject
/// packets, and malformed lines.
std::vector<RouteEntry> read_routes(const std::string& table4, const std::string& table6);

/// Returns all routes of this machine; empty if the kernel gives none. Thread-safe.
std::vector<RouteEntry> list_routes();

}  // namespace sluice::net
