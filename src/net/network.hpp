#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/slab.hpp"
#include "core/ticket.hpp"
#include "net/interfaces.hpp"

struct x509_st;

namespace sluice::net {

/// Names a socket of a Network; stale once closed.
using SocketId = Handle;

enum class Transport : std::uint8_t {
  Tcp,
  Udp,
  Tls,
  Dtls,
  RawIp,     ///< packets with their IP headers, only sent
  Ethernet,  ///< frames of one interface, only sent
  Capture,   ///< packets of an interface, only received
  Command,   ///< what a command of the shell prints, or reads; or a file that may block
};

/// Does it travel in UDP?
constexpr bool over_udp(Transport transport) { return transport == Transport::Udp || transport == Transport::Dtls; }
/// Is there a handshake?
constexpr bool is_secure(Transport transport) { return transport == Transport::Tls || transport == Transport::Dtls; }

struct ConnectRequest {
  Transport transport = Transport::Tcp;
  Endpoint remote;
  std::optional<Endpoint> local{};  ///< address and port to bind first
  /// If `local` cannot be bound: connects from another address and port, and SocketInfo::unbound tells why. Otherwise
  /// the connect fails.
  bool local_is_optional = false;
  std::string server_name{};  ///< TLS SNI; "" sends none; DTLS never does
  TimePoint deadline = kNever;
  /// Udp: every refusal by the network ends the operation, and the reply tells it; otherwise only those that the
  /// system takes to be final, and by their errno.
  bool report_icmp_errors = false;
  /// Udp: false for a probe of the port scan. A connect or send that lacks resources then completes with Lacking
  /// instead of waiting for them.
  bool wait_for_resources = true;
};

/// Which packets to capture, and how much of each.
struct CaptureRequest {
  std::string device;
  int snaplen = 65535;  ///< bytes of each packet that are kept
  bool promiscuous = false;
  std::string filter{};  ///< in libpcap's language, applied by the kernel; "" for all
};

/// A command of the shell, and which end of it is the socket.
struct CommandRequest {
  enum class Pipe : std::uint8_t {
    None,
    Output,  ///< its standard output: only received
    Input,   ///< its standard input: only sent
  };
  std::string line;
  Pipe pipe = Pipe::None;
};

/// When a receive has enough.
struct ReceiveCondition {
  enum class Kind : std::uint8_t { Some, Bytes, Lines };
  Kind kind = Kind::Some;
  std::size_t count = 1;          ///< bytes or LF characters
  std::size_t limit = 16u << 20;  ///< more than this is never gathered: the call completes with what there is
};

/// Both ends of a socket; a side that is not known has port 0 and no address.
struct SocketInfo {
  Transport transport = Transport::Tcp;
  std::optional<Endpoint> local, remote;
  int unbound = 0;  ///< errno with which an optional local end could not be bound; 0 if it was, or none was asked for
};

/// A certificate chain as the peer sent it, its own first: OpenSSL's X509, shared by all who hold it and changed by
/// none.
using CertificateChain = std::vector<std::shared_ptr<x509_st>>;

/// How a Network is made.
struct NetworkOptions {
  /// DNS servers for names; none: the system's resolver is asked.
  std::vector<Endpoint> dns_servers{};
  /// The interface that sockets stay on, if the system allows it (-e); "" for any.
  std::string device{};
  /// How many routers the packets of a scan may pass (--ttl): those of probes, and of connects that report ICMP errors.
  /// The connections of scripts are made as the system makes them, as in Nmap.
  std::optional<int> scan_ttl{};
  /// Receives, once, the line that the system lacks a resource and that connects wait for it. May be empty.
  std::function<void(const std::string& text)> notice{};
};

/// Connections of this machine to others: connect, send, receive, close. The role of Network that version detection
/// needs.
///
/// Each operation completes exactly once through its Completion, possibly before the call returns, unless it is
/// cancelled; then never. One operation at a time per socket. All on the thread of the event loop.
class Sockets {
 public:
  virtual ~Sockets() = default;

  /// Opens a socket and connects it. Udp completes at once. Tls and Dtls connect and shake hands within the one
  /// deadline. The socket exists from the call on. When it fails, its descriptor is closed before the completion. What
  /// remains answers info and waits for close. Its later operations fail as Nmap's do: after a refusal receive gives
  /// Eof, after a timeout send and receive give Timeout at their deadlines, after a Udp connect that failed at once
  /// receive gives Timeout; all else gives Error. Out of descriptors, buffers or
  /// local ports: waits for a close and tries again until the deadline (spec: "Too few resources" in DESIGN.md).
  /// Replies: Ok; Timeout; Error (errno); Cancelled; Refused with "Nsock connect failed immediately" if this machine
  /// fails it before anything is sent (no route, a broadcast address over TCP), unless it hears refusals; Refused with
  /// "sorry, you don't have OpenSSL" for Tls and Dtls without it.
  virtual SocketId connect(const ConnectRequest& request, core::Completion done) = 0;
  /// Writes all of it. Udp: as one datagram. Dtls: as one record in one datagram, so at most 16384 bytes, and Refused
  /// with a text beyond; nothing if there are none. Replies: Ok, Timeout, Eof, Error, Cancelled.
  virtual void send(SocketId socket, std::string data, TimePoint deadline, core::Completion done) = 0;
  /// Reads until it has what is wanted. At the deadline or at the end of the stream: what has come until then (Ok), or
  /// Timeout, Eof if nothing has; an error after bytes is the next receive's. Reads what is there, so usually more than
  /// wanted; nothing is kept back (spec sockets.md, "receive_bytes"). Udp: one datagram per Some, at most 8192 bytes of
  /// it; an empty one ends any receive. Dtls: one record per Some, all of it. Capture: one packet, and Reply::packet
  /// about it, whatever is wanted.
  virtual void receive(SocketId socket, ReceiveCondition want, TimePoint deadline, core::Completion done) = 0;
  /// Empty for a stale id.
  [[nodiscard]] virtual std::optional<SocketInfo> info(SocketId socket) const = 0;
  /// Gives the pending operation up; it never completes.
  virtual void cancel(SocketId socket) noexcept = 0;
  /// Closes at once (a TLS close-notify is tried without waiting). A pending operation completes with Cancelled. A
  /// command runs on by itself, but not for long beyond the end of the Network.
  virtual void close(SocketId socket) noexcept = 0;
};

/// Everything that touches a network: NativeNetwork, or FakeNetwork in the tests. Operations complete as those of
/// Sockets do; a probe that is answered on the spot never completes.
class Network : public Sockets {
 public:
  /// An unconnected UDP socket, bound if `local` is given and can be bound (SocketInfo::unbound).
  virtual Result<SocketId> open_udp(Family family, const std::optional<Endpoint>& local) = 0;
  /// What scripts send and see beneath the transports. All three need a privilege, and the error tells when it is
  /// missing.
  virtual Result<SocketId> open_raw_ip(Family family) = 0;
  virtual Result<SocketId> open_ethernet(const std::string& device) = 0;
  virtual Result<SocketId> open_capture(const CaptureRequest& request) = 0;
  /// Runs a command by /bin/sh, in a session of its own. It inherits standard output and standard error, and nothing
  /// else that is open: there is nothing to read for it, unless its input is the socket. Completes once it runs.
  /// Replies: Ok, Error. When it fails, what remains is as for connect.
  virtual SocketId run(const CommandRequest& request, core::Completion done) = 0;
  /// Closes the pipe, and waits until the command has ended. Replies: Ok with its exit; Error (errno) if another caller
  /// has taken that.
  virtual void wait_exit(SocketId command, core::Completion done) = 0;
  /// Ends a command and the processes it has begun, which wait_exit or close then see. Other sockets are left alone.
  virtual void kill(SocketId command) noexcept = 0;
  /// Takes over an open descriptor of a file that may block, a FIFO or a device, which is in non-blocking mode. It is
  /// received from or sent to, as it was opened. A FIFO that nothing has opened for writing has nothing to receive yet.
  virtual SocketId adopt(int descriptor) = 0;
  /// One datagram to somewhere, from a Udp socket connected or not, or one packet from a raw one (the port is 0);
  /// `remote` is then what info tells.
  virtual void send_to(SocketId socket, const Endpoint& remote, std::string data, core::Completion done) = 0;
  /// TLS on a connected TCP socket. Replies as connect.
  virtual void upgrade_tls(SocketId socket, std::string server_name, TimePoint deadline, core::Completion done) = 0;
  /// Is there a live descriptor behind it?
  [[nodiscard]] virtual bool is_open(SocketId socket) const = 0;
  /// Does it speak TLS (a handshake has succeeded)?
  [[nodiscard]] virtual bool is_tls(SocketId socket) const = 0;
  [[nodiscard]] virtual CertificateChain peer_certificates(SocketId socket) const = 0;

  /// Addresses of this machine's interfaces, as they are now.
  [[nodiscard]] virtual std::vector<Interface> interfaces() const = 0;
  /// The way to an address, as it is now; nothing if there is none.
  [[nodiscard]] virtual std::optional<Route> route(const Address& to) const = 0;

  /// Name to addresses, numeric ones too, in the resolver's order, without blocking. `family` nothing: any.
  /// Replies: Ok with addresses; Refused with gai_strerror's text; Timeout.
  virtual void resolve(std::string name, std::optional<Family> family, core::Completion done) = 0;
  /// The same for what scripts look up: the system is asked, whatever DNS servers were given.
  virtual void resolve_by_system(std::string name, std::optional<Family> family, core::Completion done) {
    resolve(std::move(name), family, done);
  }
  /// Address to name: Ok with the name in data, Error if it has none.
  virtual void reverse(const Address& address, core::Completion done) = 0;

  /// What has become of a probe by the time the call returns: one of the three.
  struct ProbeResult {
    SocketId waiting{};            ///< for cancel and close; goes stale by itself when the probe completes
    std::optional<int> answer{};   ///< its errno, 0 for connected
    std::optional<int> lacking{};  ///< the errno, if descriptors, buffers or local ports were missing: nothing was sent
  };
  /// TCP connect probe of the port scan: connects, then closes at once. What is not answered on the spot completes as a
  /// connect does, Error with the errno.
  virtual ProbeResult probe(const Endpoint& remote, const std::optional<Endpoint>& local, TimePoint deadline,
                            core::Completion done) = 0;
};

}  // namespace sluice::net
