// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <string_view>

#include "net/interfaces.hpp"
#include "net/pinger.hpp"

namespace sluice::net {

// The sockets that send and receive pings. Nothing here blocks.

/// An open socket, or -1 and an errno. The receiver of this object owns the descriptor.
struct PingSocket {
  int descriptor = -1;
  int error = 0;
  bool raw = false;  ///< true: the sender chooses the id of an echo request; false: the kernel chooses it
};

/// Opens a socket for ICMP: a raw one if `options.raw` is set and the system allows it, else a ping socket (icmp(7)). A
/// ping socket can only send echo requests.
PingSocket open_icmp(Family family, const PingerOptions& options);
/// Opens a socket for ARP on all links.
PingSocket open_arp();

/// Opens and closes sockets for pings to find out which ones the system allows. `raw`: as in PingerOptions.
/// Thread-safe.
PingRights find_ping_rights(Family family, bool raw);

/// An ICMP message to send.
struct IcmpMessage {
  std::string_view bytes;
  Address to;
  std::optional<Address> source{};  ///< empty: the system chooses
  unsigned link = 0;                ///< index of the interface; 0: the system chooses
  std::optional<int> hops{};        ///< hop limit, 255 for neighbour discovery (RFC 4861, 4.3); empty: of the socket
};
/// Sends an ICMP message. Returns 0 or an errno.
int send_icmp(int descriptor, const IcmpMessage& message);
/// Broadcasts an ARP packet on the interface with the index `link`. Returns 0 or an errno.
int send_arp(int descriptor, unsigned link, std::string_view packet);

/// One received message.
struct PingReceived {
  std::string_view bytes;  ///< after the IP or link header; a view into the buffer
  Address sender;          ///< only for ICMP
  int ttl = 0;             ///< only for ICMP; 0 if unknown
};
/// Receives one message into `buffer`, without changing its size. Returns nothing if there is no message.
std::optional<PingReceived> receive_ping(int descriptor, std::string& buffer);

}  // namespace sluice::net
