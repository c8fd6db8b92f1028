// SPDX-License-Identifier: Apache-2.0
#include "native/tls_session.hpp"

#ifndef SLUICE_NO_TLS

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/time.h>

#include "native/datagram_bio.hpp"

namespace sluice::net {

namespace {

struct Free {
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

/// The context that all clients of one protocol share. It is static; it is freed before OpenSSL's own exit handlers
/// run.
class Clients {
 public:
  explicit Clients(const SSL_METHOD* method) : context_(SSL_CTX_new(method)) {
    SSL_CTX* const context = context_.get();
    if (!context) return;
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, 0);  // overrides the configuration of the system
    SSL_CTX_set_max_proto_version(context, 0);
    SSL_CTX_set_cipher_list(context, "ALL:eNULL");
    SSL_CTX_set_options(context, SSL_OP_ALL | SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    // With SSL_VERIFY_NONE alone, OpenSSL would build and verify each chain and ignore the result.
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  }
  [[nodiscard]] SSL* session() const { return context_ ? SSL_new(context_.get()) : nullptr; }

 private:
  std::unique_ptr<SSL_CTX, Free> context_;
};

class OpensslSession : public TlsSession {
 public:
  /// Takes ownership of all three. The two BIOs may be the same one.
  OpensslSession(SSL* session, BIO* from_peer, BIO* to_peer) : session_(session) {
    SSL_set_bio(session, from_peer, to_peer);
    SSL_set_mode(session, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  [[nodiscard]] bool complete() const { return SSL_get_rbio(session_.get()) && SSL_get_wbio(session_.get()); }

  State shake() override {
    ERR_clear_error();
    const int result = SSL_do_handshake(session_.get());
    if (result == 1) {
      shaken_ = true;
      return State::Done;
    }
    return why(result) == State::NeedsInput ? State::NeedsInput : State::Failed;
  }
  [[nodiscard]] bool shaken() const override { return shaken_; }

  Moved read(char* into, std::size_t size) override {
    Moved moved;
    ERR_clear_error();
    if (SSL_read_ex(session_.get(), into, size, &moved.bytes) != 1) moved = {why(), 0};
    return moved;
  }
  Moved write(std::string_view data) override {
    Moved moved;
    ERR_clear_error();
    if (SSL_write_ex(session_.get(), data.data(), data.size(), &moved.bytes) != 1) moved = {why(), 0};
    return moved;
  }
  void shut() noexcept override {
    ERR_clear_error();
    if (shaken_) SSL_shutdown(session_.get());
  }

  [[nodiscard]] CertificateChain peer_certificates() const override {
    CertificateChain chain;
    const STACK_OF(X509)* const sent = SSL_get_peer_cert_chain(session_.get());
    for (int each = 0; sent && each < sk_X509_num(sent); ++each) {
      X509* const certificate = sk_X509_value(sent, each);
      X509_up_ref(certificate);
      chain.emplace_back(certificate, X509_free);
    }
    return chain;
  }

 protected:
  std::unique_ptr<SSL, Free> session_;
  bool given_up_ = false;  ///< DTLS has reached its limit of repetitions; OpenSSL reports this only once

 private:
  [[nodiscard]] State why(int result = 0) const {
    if (given_up_) return State::Failed;
    switch (SSL_get_error(session_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return State::NeedsInput;
      case SSL_ERROR_ZERO_RETURN:
        return State::End;
      default:
        // A fatal alert after the handshake ends the stream: TLS 1.3 reports a missing client certificate so.
        return shaken_ && (SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) ? State::End : State::Failed;
    }
  }

  bool shaken_ = false;
};

class BytesSession final : public OpensslSession {
 public:
  explicit BytesSession(SSL* session) : OpensslSession(session, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())) {}

  void feed(std::string_view bytes) override {
    BIO_write(SSL_get_rbio(session_.get()), bytes.data(), static_cast<int>(bytes.size()));
  }
  void feed_end() override { BIO_set_mem_eof_return(SSL_get_rbio(session_.get()), 0); }
  std::string take_output() override {
    BIO* const to_peer = SSL_get_wbio(session_.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(to_peer, &bytes);
    if (size <= 0) return {};
    std::string output(bytes, static_cast<std::size_t>(size));
    BIO_reset(to_peer);
    return output;
  }
  [[nodiscard]] std::optional<Duration> retransmission() const override { return std::nullopt; }
  void retransmit() override {}
};

class DatagramSession final : public OpensslSession {
 public:
  DatagramSession(SSL* session, BIO* both) : OpensslSession(session, both, both) {}

  void feed(std::string_view datagram) override {
    if (!datagram.empty()) datagrams().from_peer.emplace_back(datagram);  // OpenSSL takes an empty datagram for the end
  }
  void feed_end() override {}  // a datagram socket has no end
  std::string take_output() override {
    auto& waiting = datagrams().to_peer;
    if (waiting.empty()) return {};
    std::string datagram = std::move(waiting.front());
    waiting.pop_front();
    return datagram;
  }
  [[nodiscard]] std::optional<Duration> retransmission() const override {
    timeval left{};
    if (given_up_ || DTLSv1_get_timeout(session_.get(), &left) != 1) return std::nullopt;
    return std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
  }
  void retransmit() override {
    ERR_clear_error();
    if (DTLSv1_handle_timeout(session_.get()) < 0) given_up_ = true;
  }

 private:
  [[nodiscard]] Datagrams& datagrams() const { return datagrams_of(SSL_get_rbio(session_.get())); }
};

}  // namespace

bool TlsSession::available() noexcept { return true; }

std::unique_ptr<TlsSession> TlsSession::client(const std::string& server_name) {
  static const Clients clients(TLS_client_method());
  SSL* const session = clients.session();
  if (!session) return nullptr;
  SSL_set_connect_state(session);
  if (!server_name.empty() && !Address::parse(server_name)) SSL_set_tlsext_host_name(session, server_name.c_str());
  return adopt(session);
}

std::unique_ptr<TlsSession> TlsSession::datagram_client(std::size_t payload) {
  static const Clients clients(DTLS_client_method());
  SSL* const session = clients.session();
  if (!session) return nullptr;
  SSL_set_connect_state(session);
  SSL_set_options(session, SSL_OP_NO_QUERY_MTU);
  SSL_set_mtu(session, static_cast<long>(payload));
  return adopt(session);
}

std::unique_ptr<TlsSession> TlsSession::adopt(ssl_st* session) {
  std::unique_ptr<OpensslSession> adopted;
  if (SSL_is_dtls(session))
    adopted = std::make_unique<DatagramSession>(session, new_datagram_bio());
  else
    adopted = std::make_unique<BytesSession>(session);
  if (!adopted->complete()) return nullptr;
  return adopted;
}

}  // namespace sluice::net

#else

namespace sluice::net {

bool TlsSession::available() noexcept { return false; }
std::unique_ptr<TlsSession> TlsSession::client(const std::string&) { return nullptr; }
std::unique_ptr<TlsSession> TlsSession::datagram_client(std::size_t) { return nullptr; }

}  // namespace sluice::net

#endif
