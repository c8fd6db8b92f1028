// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "native/posix_socket.hpp"
#include "native/tls_session.hpp"

namespace sluice::net {

/// Moves the data of a connected socket through a TlsSession. It never waits: if a Step says WouldRead or WouldWrite,
/// the caller waits for the descriptor and calls again. A subclass moves the encrypted data. Owned by a socket of the
/// NativeNetwork. Not thread-safe.
class Stream {
 public:
  /// The caller owns the descriptor, which must stay open as long as the stream is used.
  explicit Stream(int descriptor) : descriptor_(descriptor) {}
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Creates the session. Returns false if there is no memory for it. The next call must be shake(). `server_name`: as
  /// in ConnectRequest.
  virtual bool secure(const std::string& server_name) = 0;
  /// Continues the handshake. Done: it has succeeded.
  Step shake();
  /// Reads received data. Done: at least one byte.
  virtual Step read(char* into, std::size_t size);
  /// Writes a part of `data`. Done: `bytes` of it are accepted, at least one; flush() sends them. REQUIRES: `data` is
  /// not empty.
  virtual Step write(std::string_view data);
  /// Sends accepted data. Done: the system has all of them.
  virtual Step flush() = 0;
  /// Sends a close-notify if that does not block.
  void shut() noexcept;

  /// Returns the session; null without TLS.
  [[nodiscard]] TlsSession* tls() const { return tls_.get(); }

 protected:
  /// Feeds the session with received data, or with the end of the stream. Done: it was fed.
  virtual Step pull() = 0;

  int descriptor_;
  std::unique_ptr<TlsSession> tls_;
};

/// The data of a TCP socket: plain until secure(), then through TLS.
class TcpStream final : public Stream {
 public:
  using Stream::Stream;
  bool secure(const std::string& server_name) override;
  Step read(char* into, std::size_t size) override;
  Step write(std::string_view data) override;
  Step flush() override;

 private:
  Step pull() override;

  std::string outgoing_;  ///< output of the session that is being sent
  std::size_t sent_ = 0;  ///< bytes of outgoing_ that are sent
};

/// The messages of a UDP socket through DTLS. A write sends one record in one datagram; a read returns one record. The
/// caller must call tls()->retransmit() as tls()->retransmission() says, because datagrams may be lost.
class DtlsStream final : public Stream {
 public:
  DtlsStream(int descriptor, Family family) : Stream(descriptor), family_(family) {}
  /// Does not send the name, as Nmap does not (docs/nse-compat.md, "Sockets").
  bool secure(const std::string& server_name) override;
  Step flush() override;

 private:
  Step pull() override;

  Family family_;
  std::string outgoing_;  ///< the datagram that is being sent
};

}  // namespace sluice::net
