#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/posix_socket.hpp"
#include "net/tls_session.hpp"

namespace sluice::net {

/// The bytes of a connected TCP socket, in plain or, once secured, through TLS. Never blocks and never waits: whoever
/// drives it waits for the descriptor as the Step says and calls again.
class TcpStream {
 public:
  /// The descriptor stays the caller's, and open as long as this is used.
  explicit TcpStream(int descriptor) : descriptor_(descriptor) {}

  /// From now on through TLS; false if there is no memory for it. shake() comes next.
  bool secure(const std::string& server_name);
  /// The handshake; Done when it has succeeded.
  Step shake();
  /// Done: at least one byte of the peer's.
  Step read(char* into, std::size_t size);
  /// Done: took at least one byte of `data`, which must not be empty. Taken is not sent: flush() tells.
  Step write(std::string_view data);
  /// Done: everything taken is with the system.
  Step flush();
  /// Tells the peer that this is the end, if it can be told at once.
  void shut() noexcept;

  /// Null in plain.
  [[nodiscard]] const TlsSession* tls() const { return tls_.get(); }

 private:
  /// Feeds the session with what has come, be it the end.
  Step pull();

  int descriptor_;
  std::unique_ptr<TlsSession> tls_;
  std::string outgoing_;  ///< of the session's, on its way
  std::size_t gone_ = 0;  ///< of outgoing_
};

}  // namespace sluice::net
