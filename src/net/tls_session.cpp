#include "net/tls_session.hpp"

#ifndef SLUICE_NO_TLS

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace sluice::net {

namespace {

struct Free {
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

/// What all clients share, for the rest of the process; given back before OpenSSL's own end.
class Clients {
 public:
  Clients()
      : legacy_(OSSL_PROVIDER_try_load(nullptr, "legacy", 1)),  // old ciphers; its absence is no failure
        context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX* const context = context_.get();
    if (!context) return;
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, 0);  // whatever the system's configuration says
    SSL_CTX_set_max_proto_version(context, 0);
    SSL_CTX_set_cipher_list(context, "ALL:eNULL");
    SSL_CTX_set_options(context, SSL_OP_ALL | SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  }
  ~Clients() {
    context_.reset();
    if (legacy_) OSSL_PROVIDER_unload(legacy_);
  }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;
  [[nodiscard]] SSL* session() const { return context_ ? SSL_new(context_.get()) : nullptr; }

 private:
  OSSL_PROVIDER* legacy_;
  std::unique_ptr<SSL_CTX, Free> context_;
};

class OpensslSession final : public TlsSession {
 public:
  explicit OpensslSession(SSL* session)
      : session_(session), from_peer_(BIO_new(BIO_s_mem())), to_peer_(BIO_new(BIO_s_mem())) {
    SSL_set_bio(session, from_peer_, to_peer_);
    SSL_set_mode(session, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  [[nodiscard]] bool complete() const { return from_peer_ && to_peer_; }

  void feed(std::string_view bytes) override { BIO_write(from_peer_, bytes.data(), static_cast<int>(bytes.size())); }
  void feed_end() override { BIO_set_mem_eof_return(from_peer_, 0); }
  std::string take_output() override {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(to_peer_, &bytes);
    if (size <= 0) return {};
    std::string output(bytes, static_cast<std::size_t>(size));
    BIO_reset(to_peer_);
    return output;
  }

  State shake() override {
    ERR_clear_error();
    const int result = SSL_do_handshake(session_.get());
    if (result == 1) {
      shaken_ = true;
      return State::Done;
    }
    return SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ ? State::NeedsInput : State::Failed;
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
      unsigned char* der = nullptr;
      const int size = i2d_X509(sk_X509_value(sent, each), &der);
      if (size <= 0) continue;
      chain.emplace_back(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
      OPENSSL_free(der);
    }
    return chain;
  }

 private:
  [[nodiscard]] State why() const {
    switch (SSL_get_error(session_.get(), 0)) {
      case SSL_ERROR_WANT_READ:
        return State::NeedsInput;
      case SSL_ERROR_ZERO_RETURN:
        return State::End;
      default:
        return State::Failed;
    }
  }

  std::unique_ptr<SSL, Free> session_;
  BIO *from_peer_, *to_peer_;  ///< the session owns them
  bool shaken_ = false;
};

}  // namespace

bool TlsSession::available() noexcept { return true; }

std::unique_ptr<TlsSession> TlsSession::client(const std::string& server_name) {
  static const Clients clients;
  SSL* const session = clients.session();
  if (!session) return nullptr;
  SSL_set_connect_state(session);
  if (!server_name.empty() && !Address::parse(server_name)) SSL_set_tlsext_host_name(session, server_name.c_str());
  return adopt(session);
}

std::unique_ptr<TlsSession> TlsSession::adopt(ssl_st* session) {
  auto adopted = std::make_unique<OpensslSession>(session);
  if (!adopted->complete()) return nullptr;
  return adopted;
}

}  // namespace sluice::net

#else

namespace sluice::net {

bool TlsSession::available() noexcept { return false; }
std::unique_ptr<TlsSession> TlsSession::client(const std::string&) { return nullptr; }

}  // namespace sluice::net

#endif
