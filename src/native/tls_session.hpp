// SPDX-License-Identifier: Apache-2.0
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

/// One TLS or DTLS connection as a state machine without a socket. The caller feeds it with the data from the peer and
/// sends its output to the peer; each call may produce output. It accepts TLS and DTLS from 1.0 on, every cipher of
/// OpenSSL and any certificate, so that weak servers can be scanned (docs/nse-compat.md, "Sockets"). Owned by a Stream.
/// Not thread-safe.
///
/// With DTLS, input and output are datagrams, one per call. They may be lost, duplicated or reordered in between. One
/// write is one message, and one read returns one.
class TlsSession {
 public:
  enum class State {
    Done,
    NeedsInput,
    End,     ///< the peer has closed
    Failed,  ///< the peer has violated the protocol or does not use it
  };
  /// The result of read() and write().
  struct Moved {
    State state = State::Done;
    std::size_t bytes = 0;
  };

  virtual ~TlsSession() = default;

  /// True if this build has TLS.
  [[nodiscard]] static bool available() noexcept;
  /// Creates the client side of TLS. `server_name` is sent to the server unless it is empty or an address (RFC 6066).
  /// Returns null if there is no memory or no TLS.
  static std::unique_ptr<TlsSession> client(const std::string& server_name);
  /// Creates the client side of DTLS. Datagrams of the handshake have at most `payload` bytes. Returns null as above.
  /// REQUIRES: `payload` >= 256.
  static std::unique_ptr<TlsSession> datagram_client(std::size_t payload);
  /// Bytes of the longest message of DTLS.
  static constexpr std::size_t kLongestMessage = 16384;
  /// Takes ownership of an SSL object, which the caller has set up as client or server of TLS or DTLS. Returns null if
  /// there is no memory.
  static std::unique_ptr<TlsSession> adopt(ssl_st* session);

  /// Adds data from the peer.
  virtual void feed(std::string_view bytes) = 0;
  /// Records that the peer sends no more data.
  virtual void feed_end() = 0;
  /// Removes and returns the output for the peer: with TLS all of it, with DTLS the next datagram; "" if there is none.
  virtual std::string take_output() = 0;

  /// Returns the time after which retransmit() must be called, unless the peer answers before. Empty if no answer is
  /// expected, and for TLS. Each call of another function may change it. OpenSSL measures it by the wall clock.
  [[nodiscard]] virtual std::optional<Duration> retransmission() const = 0;
  /// Outputs the last datagrams of the handshake again. No effect if it is too early. After OpenSSL's limit of
  /// repetitions, later calls of other functions return Failed.
  virtual void retransmit() = 0;

  /// Continues the handshake. Returns Done if it has succeeded, NeedsInput or Failed.
  virtual State shake() = 0;
  /// True if the handshake has succeeded.
  [[nodiscard]] virtual bool shaken() const = 0;
  /// Reads plain data: at least one byte if the state is Done.
  virtual Moved read(char* into, std::size_t size) = 0;
  /// Writes plain data: at least one byte if the state is Done; with DTLS all of it. After NeedsInput the next write
  /// must begin with the same data. REQUIRES: `data` is not empty.
  virtual Moved write(std::string_view data) = 0;
  /// Outputs a close-notify. Only take_output() may follow.
  virtual void shut() noexcept = 0;
  /// Returns the chain of the peer; empty if the peer sent none.
  [[nodiscard]] virtual CertificateChain peer_certificates() const = 0;
};

}  // namespace sluice::net
