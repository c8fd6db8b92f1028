#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/script_sockets.hpp"

struct ssl_st;

namespace sluice::net {

/// One TLS or DTLS connection as a state machine without a socket: what comes from the peer is fed in, what is to go
/// there is taken out, and between the two stand plain bytes. Trusts everybody and speaks to what is old and weak, as a
/// scanner must: from TLS 1.0 or DTLS 1.0 on, every cipher the library has, no look at certificates (spec sockets.md,
/// "TLS policy"). After every call there may be output to take.
///
/// With DTLS what is fed and taken are datagrams, one at a time, which may get lost, doubled or out of order on their
/// way; and a write is one message, which one read gives.
class TlsSession {
 public:
  enum class State {
    Done,
    NeedsInput,
    End,     ///< the peer has closed
    Failed,  ///< the protocol was broken, or never spoken
  };
  struct Moved {
    State state = State::Done;
    std::size_t bytes = 0;
  };

  virtual ~TlsSession() = default;

  /// Is this built with TLS at all?
  [[nodiscard]] static bool available() noexcept;
  /// The client's side. `server_name` is sent to the server unless it is empty or an address (RFC 6066). Nothing if
  /// there is no memory, or no TLS.
  static std::unique_ptr<TlsSession> client(const std::string& server_name);
  /// The client's side of DTLS; the handshake travels in datagrams of at most `payload` bytes (not less than 256).
  static std::unique_ptr<TlsSession> datagram_client(std::size_t payload);
  /// The longest message that DTLS takes, bytes.
  static constexpr std::size_t kLongestMessage = 16384;
  /// Either side of either, as the caller has set the session up. Takes it over.
  static std::unique_ptr<TlsSession> adopt(ssl_st* session);

  /// What the peer has sent; then, once, that it will send no more.
  virtual void feed(std::string_view bytes) = 0;
  virtual void feed_end() = 0;
  /// Takes what is to be sent to the peer; of datagrams the next, "" when there is none.
  virtual std::string take_output() = 0;

  /// How long until retransmit() has to be called, because the peer's answer to the last datagrams is missing; nothing
  /// when no answer is awaited, and for TLS. Any other call may change it. The time is the wall clock's.
  [[nodiscard]] virtual std::optional<Duration> retransmission() const = 0;
  /// Sends the last datagrams of the handshake again, unless it is too early. Failed, from the next call on, after so
  /// many times that nobody can be there.
  virtual void retransmit() = 0;

  /// Done once the handshake has succeeded, and ever after.
  virtual State shake() = 0;
  [[nodiscard]] virtual bool shaken() const = 0;
  /// At least one byte, or why not.
  virtual Moved read(char* into, std::size_t size) = 0;
  /// Takes at least one byte of `data`, which must not be empty (DTLS: all of it), or tells why not. After NeedsInput
  /// the same data comes again.
  virtual Moved write(std::string_view data) = 0;
  /// Says goodbye. Only take_output() afterwards.
  virtual void shut() noexcept = 0;
  /// As the peer sent it, its own certificate first; empty if it sent none.
  [[nodiscard]] virtual CertificateChain peer_certificates() const = 0;
};

}  // namespace sluice::net
