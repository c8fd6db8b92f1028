#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <sluice/address.hpp>
#include <string_view>

#include "core/ticket.hpp"

namespace sluice::net {

/// The calls of the operating system that the network is made of, in our own words. Nothing here blocks.

/// A socket address of either family, to hand to the system or to be filled by it.
class SocketAddress {
 public:
  SocketAddress() = default;
  explicit SocketAddress(const Endpoint& endpoint);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage_); }
  socklen_t& size() { return size_; }
  /// Nothing for other families than the two of the Internet.
  [[nodiscard]] std::optional<Endpoint> endpoint() const;
  [[nodiscard]] static std::optional<Endpoint> endpoint(const sockaddr* address);

 private:
  sockaddr_storage storage_;  // what is read of it has been written before
  socklen_t size_ = sizeof(sockaddr_storage);
};

/// The local end of a socket; nothing while it has no port.
std::optional<Endpoint> local_end(int descriptor);
/// On loopback a port of our own may be taken for both ends, and then we talk to ourselves. `local` is the local end.
bool is_own_peer(int descriptor, const std::optional<Endpoint>& local, const Endpoint& remote);

/// How many bytes a datagram of a connected UDP socket may have to reach the peer in one packet. That is what the
/// system knows of the path, which is often but the first link; so at most 1400 bytes with all headers over IPv4, which
/// leaves tunnels on the way 100 of the usual 1500, and over IPv6 the 1280 that every link must carry (RFC 8200, 5).
std::size_t path_payload(int descriptor, Family family);

/// A descriptor, or -1 and an errno.
struct Opened {
  int descriptor = -1;
  int error = 0;
  int unbound = 0;  ///< errno of an optional bind that failed
};

/// How a socket is to begin.
struct Start {
  int type = SOCK_STREAM;
  std::optional<Endpoint> local{};  ///< bound to
  bool local_is_optional = false;   ///< or not bound, if that fails for another reason than lack of resources
  /// A local port 0 is then chosen by the coming connect, which can share one port among many destinations, and not by
  /// the bind.
  bool connecting = true;
  bool report_icmp_errors = false;  ///< a datagram socket: keep them for take_refusal
  std::string_view device{};        ///< the interface to stay on if the system lets us; "" for any
  /// Closing it resets the connection, whose local port is then free at once. For connections without data.
  bool reset = false;
  std::optional<int> ttl{};  ///< how many routers a packet may pass; what the system takes if it is not given
};

/// A socket that does not block.
Opened open_socket(Family family, const Start& start);

/// Connects a socket, or asks what has come of that since: 0 if it is connected, else the errno, EINPROGRESS while
/// there is no answer. One that is refused is as it was before, and asking again would connect it anew.
int ask_connect(int descriptor, SocketAddress& remote);

/// The same for a socket that was waited for. What the way has refused is an error of its own, while the connect goes
/// on.
int answer_of_connect(int descriptor, const Endpoint& remote);

/// The refusal behind the error that a socket opened with report_icmp_errors has just given.
core::Refusal take_refusal(int descriptor);

/// True if this errno of an attempt to connect says that the system has too little of something just now. After
/// EADDRNOTAVAIL it is local ports if UDP can connect the same two addresses.
bool lacks_resources(int error, const Endpoint& remote, const Start& start);
/// The same for what needs no port.
bool lacks_resources(int error);
/// The same for a probe. A local port that `start` names can be lacking, too: another connection to the same port of
/// the same host has it, or has had it a minute ago.
bool probe_lacks_resources(int error, const Endpoint& remote, const Start& start);

/// What one attempt to move bytes came to.
struct Step {
  enum class Kind {
    Done,
    WouldRead,   ///< nothing moved; try again when the descriptor is readable
    WouldWrite,  ///< nothing moved; try again when it is writable
    Lacking,     ///< nothing moved; the system has too little of something (`error`)
    End,         ///< the peer has closed
    Failed,      ///< `error` is the errno, 0 if there is none
  };
  Kind kind = Kind::Done;
  std::size_t bytes = 0;
  bool drained = false;  ///< Done: there was no more to read
  int error = 0;
};

/// One read or write of a stream.
Step read_stream(int descriptor, char* into, std::size_t size);
Step write_stream(int descriptor, std::string_view data);
/// One read or write of a pipe that does not block.
Step read_pipe(int descriptor, char* into, std::size_t size);
Step write_pipe(int descriptor, std::string_view data);
/// One datagram, of which what goes beyond `size` is lost.
Step read_datagram(int descriptor, char* into, std::size_t size);
/// One datagram, to the peer the socket is connected to if `to` is null.
Step write_datagram(int descriptor, std::string_view data, const Endpoint* to);

}  // namespace sluice::net
