#pragma once

#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "net/interfaces.hpp"

namespace sluice::net {

// The interfaces and routes of this machine, by netlink(7).

/// An interface's highest address, if its lower bits may vary.
Address broadcast_of(const Address& v4, unsigned prefix);

/// Reads two answers (netlink(7): RTM_GETLINK and RTM_GETADDR for all) and the lines of /proc/net/if_inet6, whose order
/// of addresses is Nmap's: scripts take the first. By index of the interface, each with its IPv4 addresses first.
std::vector<Interface> read_interfaces(std::string_view links, std::string_view addresses, const std::string& table6);

/// All interfaces; none if the system does not tell.
std::vector<Interface> list_interfaces();

/// The route that a packet would take now; nothing if there is none. `device`: if not "", the only one it may take.
std::optional<Route> find_route(const Address& to, const std::string& device);

}  // namespace sluice::net
