// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <sluice/address.hpp>
#include <string>

#include "base/clock.hpp"
#include "base/slab.hpp"
#include "core/ticket.hpp"

namespace sluice::net {

/// Identifies a socket of a Network. Stale after the socket is closed.
using SocketId = Handle;

enum class Transport : std::uint8_t {
  Tcp,
  Udp,
  Tls,
  Dtls,
  RawIp,     ///< IP packets with their headers; can only be sent
  Ethernet,  ///< frames of one interface; can only be sent
  Capture,   ///< packets of one interface; can only be received
  Command,   ///< output or input of a shell command, or a file that may block
};

/// True if the transport uses UDP datagrams.
constexpr bool over_udp(Transport transport) { return transport == Transport::Udp || transport == Transport::Dtls; }
/// True if the transport has a handshake.
constexpr bool is_secure(Transport transport) { return transport == Transport::Tls || transport == Transport::Dtls; }

struct ConnectRequest {
  Transport transport = Transport::Tcp;
  Endpoint remote;
  std::optional<Endpoint> local{};  ///< address and port to bind first
  /// If true and `local` cannot be bound, the system chooses the local end and SocketInfo::unbound has the errno. If
  /// false, the connect fails.
  bool local_is_optional = false;
  std::string server_name{};  ///< name that TLS sends (SNI); "" sends none; DTLS never sends one
  TimePoint deadline = kNever;
  /// Udp: if true, every ICMP error ends the operation with Error and Reply::refusal. If false, only those errors do
  /// that the system reports to ordinary sockets, by their errno.
  bool report_icmp_errors = false;
  /// Udp: if false, a connect or send that lacks resources completes with Lacking instead of waiting for them.
  bool wait_for_resources = true;
};

/// When a receive has received enough.
struct ReceiveCondition {
  enum class Kind : std::uint8_t { Some, Bytes, Lines };
  Kind kind = Kind::Some;
  std::size_t count = 1;          ///< number of bytes or LF characters
  std::size_t limit = 16u << 20;  ///< bytes; the receive completes when it has as many
};

/// Both ends of a socket.
struct SocketInfo {
  Transport transport = Transport::Tcp;
  std::optional<Endpoint> local, remote;  ///< empty if unknown
  int unbound = 0;  ///< errno with which an optional local end could not be bound; 0 if it was bound or not requested
};

/// Connects to other machines, sends, receives and closes.
///
/// Each operation completes exactly once, possibly before the call returns. It never completes if it was cancelled.
/// A socket has at most one pending operation. send, receive, info, cancel and close apply to all sockets of a Network.
/// A part of the Network of a shard. Not thread-safe.
class Sockets {
 public:
  virtual ~Sockets() = default;

  /// Opens a socket and connects it. Udp completes at once. Tls and Dtls connect and shake hands until the deadline.
  /// If the system lacks descriptors, buffers or local ports, the operation waits, and tries again at each close and
  /// every 100 ms until the deadline.
  ///
  /// Replies: Ok; Timeout; Error with the errno; Cancelled; Lacking (`wait_for_resources`). Refused with "Nsock connect
  /// failed immediately" if this machine fails the connect before it sends anything, unless `report_icmp_errors` is
  /// set. Refused with "sorry, you don't have OpenSSL" for Tls and Dtls in a build without them.
  ///
  /// The socket exists from this call until close(), also if the connect fails; its descriptor is closed then. Later
  /// operations of a failed socket complete as under Nmap (docs/nse-compat.md, "Socket calls"): after a refusal,
  /// receive gives Eof; after a timeout, send and receive give Timeout at their deadlines; after a Udp connect that
  /// this machine failed, receive does so, too. All others give Error.
  virtual SocketId connect(const ConnectRequest& request, core::Completion done) = 0;
  /// Sends all of `data`. Udp: as one datagram. Dtls: as one record in one datagram; more than 16384 bytes are Refused,
  /// and empty data send nothing. Replies: Ok, Timeout, Eof, Error, Cancelled, Refused, Lacking.
  virtual void send(SocketId socket, std::string data, TimePoint deadline, core::Completion done) = 0;
  /// Receives until `want` is met, and usually returns more than that; no bytes are kept back. At the deadline or at
  /// the end of the stream it completes with Ok and the bytes that have arrived, or with Timeout or Eof if there are
  /// none. An error after some bytes is the reply of the next receive.
  /// Udp: Kind::Some receives one datagram, cut at 8192 bytes; an empty datagram ends any receive. Dtls: Kind::Some
  /// receives one record. Capture: receives one packet whatever `want` is, and sets Reply::packet.
  /// Replies: Ok, Timeout, Eof, Error, Cancelled.
  virtual void receive(SocketId socket, ReceiveCondition want, TimePoint deadline, core::Completion done) = 0;
  /// Returns the ends of a socket; empty if `socket` is stale.
  [[nodiscard]] virtual std::optional<SocketInfo> info(SocketId socket) const = 0;
  /// Cancels the pending operation, which never completes. No effect if there is none.
  virtual void cancel(SocketId socket) noexcept = 0;
  /// Closes a socket. A pending operation completes with Cancelled. TLS sends its close-notify if that does not block.
  /// A command continues to run until it ends by itself, at most until one second after the end of the Network. No
  /// effect if `socket` is stale.
  virtual void close(SocketId socket) noexcept = 0;
};

}  // namespace sluice::net
