#pragma once

#include <cstdint>
#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::net {

/// What the kernel knows about this machine's place in its networks: plain data.

enum class Link : std::uint8_t { Ethernet, Loopback, PointToPoint, Other };

/// One address of an interface, or an interface that has none of IPv4.
struct Interface {
  std::string device;
  Link link = Link::Other;
  std::optional<Address> address{};
  unsigned prefix = 0;                 ///< length of the network part; 0 without an address
  std::optional<Address> broadcast{};  ///< Ethernet, IPv4
  std::string mac{};                   ///< Ethernet: 6 raw bytes, else ""
  bool up = false;
  unsigned mtu = 0;
};

/// The way to a destination.
struct Route {
  std::string device;
  unsigned mtu = 0;
  std::optional<Address> source{};    ///< our address on this way
  std::optional<Address> next_hop{};  ///< a router; none: the destination is on the link, or this machine
  std::string mac{};                  ///< ours; 6 raw bytes, "" where there are none
  std::string neighbour_mac{};        ///< of the next hop, or of the destination without one; "" while unknown
  bool own = false;                   ///< the destination is an address of this machine
};

}  // namespace sluice::net
