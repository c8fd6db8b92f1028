#pragma once

#include <optional>
#include <sluice/address.hpp>
#include <string>
#include <string_view>

#include "net/interfaces.hpp"
#include "net/pinger.hpp"

namespace sluice::net {

// The sockets that pings travel by. Nothing here blocks.

/// An open socket, or -1 and an errno. The caller owns the descriptor.
struct PingSocket {
  int descriptor = -1;
  int error = 0;
  bool raw = false;  ///< the sender chooses the id of an echo; false: the kernel does
};

/// Opens a socket for ICMP: a raw one if `options.raw` and the system allow it, else a ping socket (icmp(7)), which can
/// only send echo requests.
PingSocket open_icmp(Family family, const PingerOptions& options);
/// Opens a socket for ARP on all links.
PingSocket open_arp();

/// Opens and closes the sockets of pings to find out what the system allows. `raw` as in PingerOptions.
/// Thread-safe.
PingRights find_ping_rights(Family family, bool raw);

/// Sends an ICMP message. `source` and `link` (index of an interface) are used if given. Returns 0 or an errno.
/// `hops`: 255 for neighbour discovery (RFC 4861, 4.3); none: as the socket has it.
struct IcmpMessage {
  std::string_view bytes;
  Address to;
  std::optional<Address> source{};
  unsigned link = 0;
  std::optional<int> hops{};
};
int send_icmp(int descriptor, const IcmpMessage& message);
/// Broadcasts an ARP packet on the link with that index. Returns 0 or an errno.
int send_arp(int descriptor, unsigned link, std::string_view packet);

/// One message from a socket.
struct PingReceived {
  std::string_view bytes;  ///< behind the IP or link header, within `buffer`
  Address sender;          ///< of ICMP
  int ttl = 0;             ///< of ICMP; 0 if unknown
};
/// Receives one message into `buffer`. Empty if there is none.
std::optional<PingReceived> receive_ping(int descriptor, std::string& buffer);

}  // namespace sluice::net
