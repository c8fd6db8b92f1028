// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <string_view>

#include "core/ticket.hpp"
#include "net/pinger.hpp"

namespace sluice::net {

// Writes and reads the packets of pings: ICMP (RFC 792), ICMPv6 (RFC 4443), ARP (RFC 826) and neighbour discovery (RFC
// 4861). Pure functions.

/// The fields of an answer that identify its request, and the result.
struct PingAnswer {
  Ping ping = Ping::Echo;
  Address target;                               ///< address that the request was sent to, without a scope
  std::uint16_t id = 0, sequence = 0;           ///< 0 for Ping::Neighbour
  core::Refusal refusal = core::Refusal::None;  ///< Port or Protocol: the target refused the request
  std::string mac{};                            ///< Ping::Neighbour: 6 raw bytes, "" if the answer has none
  friend bool operator==(const PingAnswer&, const PingAnswer&) = default;
};

/// Returns an ICMP request without payload. The kernel computes the checksum of ICMPv6.
/// REQUIRES: `ping` is Echo, or Timestamp with Family::Inet.
std::string icmp_request(Ping ping, Family family, std::uint16_t id, std::uint16_t sequence);

/// Returns an ARP request for `target`. `mac`: 6 raw bytes of the sending interface.
std::string arp_request(std::string_view mac, const Address& source, const Address& target);

/// Returns a neighbour solicitation for `target`. `mac`: 6 raw bytes of the sending interface.
std::string neighbour_solicitation(std::string_view mac, const Address& target);

/// Returns an IPv6 address without its scope; any other as it is.
Address without_scope(const Address& address);

/// Returns the group that every host with the address `target` listens to (RFC 4291, 2.7.1), in the scope of `link`.
Address solicited_node_group(const Address& target, std::uint32_t link);

/// Reads an ICMP message from `sender`. `message` begins after the IP header. Returns nothing if the message answers no
/// ping. As under Nmap, of ICMP errors only "port unreachable" and "protocol unreachable" from the target itself are
/// answers (docs/nse-compat.md, "Targets, ports and host discovery").
std::optional<PingAnswer> read_icmp(std::string_view message, const Address& sender);

/// Reads an ARP packet, which begins after the link header. Returns nothing if it is not a reply.
std::optional<PingAnswer> read_arp(std::string_view packet);

}  // namespace sluice::net
