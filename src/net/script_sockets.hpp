// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <sluice/address.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "net/sockets.hpp"

struct x509_st;

namespace sluice::net {

/// A certificate chain in the order in which the peer sent it, the peer's own certificate first. The elements are
/// X509 objects of OpenSSL. They are shared and must not be changed.
using CertificateChain = std::vector<std::shared_ptr<x509_st>>;

/// Sockets with the functions that only scripts need: unconnected datagram sockets, and TLS on a connected socket.
/// Completions and threads: as for Sockets.
class ScriptSockets : public Sockets {
 public:
  /// Opens an unconnected UDP socket and binds it to `local`. If it cannot be bound there, the system chooses the local
  /// end, and SocketInfo::unbound has the errno. Errors: the system gives no socket.
  virtual Result<SocketId> open_udp(Family family, const std::optional<Endpoint>& local) = 0;
  /// Sends one datagram from a Udp socket, connected or not, or one packet from a RawIp socket, for which the port is
  /// 0. SocketInfo::remote is `remote` afterwards. Replies: Ok, Error, Cancelled.
  virtual void send_to(SocketId socket, const Endpoint& remote, std::string data, core::Completion done) = 0;
  /// Starts TLS on a connected Tcp socket. `server_name`: as in ConnectRequest. Replies: as for a connect of Tls; Error
  /// with EOPNOTSUPP or EISCONN if the transport has no stream or uses TLS already.
  virtual void upgrade_tls(SocketId socket, std::string server_name, TimePoint deadline, core::Completion done) = 0;
  /// True if a TLS or DTLS handshake has succeeded on the socket.
  [[nodiscard]] virtual bool is_tls(SocketId socket) const = 0;
  /// Returns the chain of the peer; empty if !is_tls() or the peer sent none.
  [[nodiscard]] virtual CertificateChain peer_certificates(SocketId socket) const = 0;
};

}  // namespace sluice::net
