#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "native/posix_socket.hpp"
#include "native/tls_session.hpp"

namespace sluice::net {

/// What goes over a connected socket through a TlsSession. Never blocks and never waits: whoever drives it waits for
/// the descriptor as the Step says and calls again. How the session's own bytes travel is the subclasses' matter.
class Stream {
 public:
  /// The descriptor stays the caller's, and open as long as this is used.
  explicit Stream(int descriptor) : descriptor_(descriptor) {}
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// From now on through a session; false if there is no memory for it. shake() comes next.
  virtual bool secure(const std::string& server_name) = 0;
  /// The handshake; Done when it has succeeded.
  Step shake();
  /// Done: at least one byte of the peer's.
  virtual Step read(char* into, std::size_t size);
  /// Done: took at least one byte of `data`, which must not be empty. Taken is not sent: flush() tells.
  virtual Step write(std::string_view data);
  /// Done: everything taken is with the system.
  virtual Step flush() = 0;
  /// Tells the peer that this is the end, if it can be told at once.
  void shut() noexcept;

  /// Null in plain.
  [[nodiscard]] TlsSession* tls() const { return tls_.get(); }

 protected:
  /// Feeds the session with what has come, be it the end.
  virtual Step pull() = 0;

  int descriptor_;
  std::unique_ptr<TlsSession> tls_;
};

/// The bytes of a TCP socket, in plain or, once secured, through TLS.
class TcpStream final : public Stream {
 public:
  using Stream::Stream;
  bool secure(const std::string& server_name) override;
  Step read(char* into, std::size_t size) override;
  Step write(std::string_view data) override;
  Step flush() override;

 private:
  Step pull() override;

  std::string outgoing_;  ///< of the session's, on its way
  std::size_t gone_ = 0;  ///< of outgoing_
};

/// The messages of a UDP socket through DTLS: a write becomes one record, which travels in one datagram, and a read
/// gives one. Datagrams may be lost; while tls()->retransmission() tells a time, somebody has to see to it.
class DtlsStream final : public Stream {
 public:
  DtlsStream(int descriptor, Family family) : Stream(descriptor), family_(family) {}
  /// The name goes unsaid, as in Nmap (spec sockets.md, "TLS policy").
  bool secure(const std::string& server_name) override;
  Step flush() override;

 private:
  Step pull() override;

  Family family_;
  std::string outgoing_;  ///< a datagram on its way
};

}  // namespace sluice::net
