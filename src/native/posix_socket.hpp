// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <sluice/address.hpp>
#include <string_view>

#include "core/ticket.hpp"

namespace sluice::net {

// Wrappers of the socket calls of the system. Nothing here blocks. All functions are thread-safe.

/// A socket address of IPv4 or IPv6 as the system calls take and fill it.
class SocketAddress {
 public:
  SocketAddress() = default;
  explicit SocketAddress(const Endpoint& endpoint);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage_); }
  socklen_t& size() { return size_; }
  /// Returns the endpoint; empty for other address families.
  [[nodiscard]] std::optional<Endpoint> endpoint() const;
  [[nodiscard]] static std::optional<Endpoint> endpoint(const sockaddr* address);

 private:
  sockaddr_storage storage_;  // not initialized: only bytes that were written are read
  socklen_t size_ = sizeof(sockaddr_storage);
};

/// Returns the local end of a socket; empty if it has no port.
std::optional<Endpoint> local_end(int descriptor);
/// True if a TCP socket is connected to itself. This happens on loopback if the system chooses the remote port as the
/// local one. `local`: the local end.
bool is_own_peer(int descriptor, const std::optional<Endpoint>& local, const Endpoint& remote);

/// Returns how many bytes a datagram of a connected UDP socket may have without fragmentation; at least 256. It is
/// derived from the path MTU that the system knows, which is often only that of the first link. So a packet has at most
/// 1400 bytes over IPv4, which leaves 100 bytes of 1500 to tunnels, and 1280 over IPv6 (RFC 8200, 5).
std::size_t path_payload(int descriptor, Family family);

/// A descriptor, or -1 and an errno.
struct Opened {
  int descriptor = -1;
  int error = 0;
  int unbound = 0;  ///< errno of an optional bind that failed
};

/// How to open a socket.
struct Start {
  int type = SOCK_STREAM;
  std::optional<Endpoint> local{};  ///< address and port to bind
  /// If true and the bind fails for another reason than a lack of resources, the socket is opened without it.
  bool local_is_optional = false;
  /// If true, a connect follows and chooses the port if that of `local` is 0: a connect can use one port for many
  /// destinations. If false, the bind chooses it.
  bool connecting = true;
  bool report_icmp_errors = false;  ///< datagram sockets: the system keeps ICMP errors for take_refusal()
  std::string_view device{};        ///< interface to bind to, if the system allows it; "" for any
  /// If true, closing the socket resets the connection, which frees the local port at once. Unsent data are lost.
  bool reset = false;
  std::optional<int> ttl{};  ///< hop limit; empty: the system's
};

/// Opens a socket in non-blocking mode.
Opened open_socket(Family family, const Start& start);

/// Starts to connect a socket, or returns the state of a connect that was started: 0 if the socket is connected,
/// EINPROGRESS while there is no answer, else the errno. After a refusal the socket is as it was before, and another
/// call starts a new connect.
int ask_connect(int descriptor, SocketAddress& remote);

/// Does the same for a socket that has become writable. It reads SO_ERROR first, because an ICMP error is reported
/// there while the connect continues.
int answer_of_connect(int descriptor, const Endpoint& remote);

/// Returns the ICMP error that caused the last error of the socket; None if there is none. REQUIRES: the socket was
/// opened with `report_icmp_errors`.
core::Refusal take_refusal(int descriptor);

/// True if `error`, the errno of a connect, means a temporary lack of descriptors, buffers or local ports.
/// EADDRNOTAVAIL means a lack of local ports if UDP can connect the same two addresses.
bool lacks_resources(int error, const Endpoint& remote, const Start& start);
/// True if `error` means a temporary lack of descriptors or buffers.
bool lacks_resources(int error);
/// True if `error`, the errno of the connect of a probe, means such a lack. The local port that `start` names can be
/// lacking, too, if another connection to the same port of the same host has it, or has had it within a minute.
bool probe_lacks_resources(int error, const Endpoint& remote, const Start& start);

/// Result of one attempt to read or write.
struct Step {
  enum class Kind {
    Done,
    WouldRead,   ///< no bytes; try again when the descriptor is readable
    WouldWrite,  ///< no bytes; try again when the descriptor is writable
    Lacking,     ///< no bytes; the system lacks a resource; `error` is the errno
    End,         ///< the peer has closed
    Failed,      ///< `error` is the errno, or 0 if unknown
  };
  Kind kind = Kind::Done;
  std::size_t bytes = 0;
  bool drained = false;  ///< Done: there was nothing left to read
  int error = 0;
};

/// Reads from or writes to a TCP socket once.
Step read_stream(int descriptor, char* into, std::size_t size);
Step write_stream(int descriptor, std::string_view data);
/// Reads from or writes to a pipe or file in non-blocking mode once. No SIGPIPE is raised.
Step read_pipe(int descriptor, char* into, std::size_t size);
Step write_pipe(int descriptor, std::string_view data);
/// Receives one datagram. Bytes beyond `size` are lost.
Step read_datagram(int descriptor, char* into, std::size_t size);
/// Sends one datagram. `to` null: to the peer of the connected socket.
Step write_datagram(int descriptor, std::string_view data, const Endpoint* to);

}  // namespace sluice::net
