// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "net/interfaces.hpp"

namespace sluice::net {

// The interfaces and routes of this machine, from netlink(7). All functions are thread-safe.

/// Returns the address of a network whose host bits are all 1.
Address broadcast_of(const Address& v4, unsigned prefix);

/// Reads interfaces from the answers to RTM_GETLINK and RTM_GETADDR (rtnetlink(7)) and from the text of
/// /proc/net/if_inet6. Returns them by index of the interface, the IPv4 addresses of each first. IPv6 addresses keep
/// the order of the file, as under Nmap, because scripts use the first one.
std::vector<Interface> read_interfaces(std::string_view links, std::string_view addresses, const std::string& table6);

/// Returns all interfaces; empty if the kernel gives none.
std::vector<Interface> list_interfaces();

/// Returns the route that a packet to this address would take now; empty if there is none. `device`: the only interface
/// that it may use; "" for any.
std::optional<Route> find_route(const Address& to, const std::string& device);

}  // namespace sluice::net
