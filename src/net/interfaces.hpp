// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::net {

// The interfaces and routes of this machine: plain data.

/// Kind of the link of an interface.
enum class Link : std::uint8_t { Ethernet, Loopback, PointToPoint, Other };

/// One address of an interface. An interface without an IPv4 address has one entry without an address, too.
struct Interface {
  std::string device;
  Link link = Link::Other;
  std::optional<Address> address{};
  unsigned prefix = 0;                 ///< length of the network part; 0 without an address
  std::optional<Address> broadcast{};  ///< only for Ethernet with IPv4
  std::string mac{};                   ///< 6 raw bytes for Ethernet, else ""
  bool up = false;
  unsigned mtu = 0;  ///< bytes
};

/// The route to a destination.
struct Route {
  std::string device;
  unsigned mtu = 0;                   ///< bytes
  std::optional<Address> source{};    ///< address of this machine that packets have
  std::optional<Address> next_hop{};  ///< the router; empty if the destination is on the link or is this machine
  std::string mac{};                  ///< of the interface, 6 raw bytes; "" if it has none
  std::string neighbour_mac{};        ///< of the next hop, or of a destination on the link; "" if unknown
  bool own = false;                   ///< the destination is an address of this machine
};

}  // namespace sluice::net
