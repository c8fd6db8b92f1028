// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/loopback.hpp"

namespace sluice::net {

template <auto function>
struct Releases {
  template <class T>
  void operator()(T* object) const {
    function(object);
  }
};
using Context = std::unique_ptr<SSL_CTX, Releases<SSL_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releases<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Releases<X509_free>>;

inline Key make_key() { return Key(EVP_EC_gen("P-256")); }

inline Certificate make_certificate(const char* subject, EVP_PKEY* key, const char* issuer, EVP_PKEY* issuer_key) {
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 86400);
  X509_set_pubkey(made.get(), key);
  const auto named = [](X509_NAME* name, const char* text) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
  };
  named(X509_get_subject_name(made.get()), subject);
  named(X509_get_issuer_name(made.get()), issuer);
  EXPECT_GT(X509_sign(made.get(), issuer_key, EVP_sha256()), 0);
  return made;
}

inline std::string der(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  std::string result(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(bytes);
  return result;
}

inline std::vector<std::string> ders(const CertificateChain& chain) {
  std::vector<std::string> result;
  for (const auto& certificate : chain) result.push_back(der(certificate.get()));
  return result;
}

/// The key and the certificate of a server, and those of the issuer that has signed the certificate.
struct Identity {
  Key issuer_key = make_key(), key = make_key();
  Certificate issuer = make_certificate("issuer", issuer_key.get(), "issuer", issuer_key.get());
  Certificate leaf = make_certificate("server", key.get(), "issuer", issuer_key.get());

  [[nodiscard]] std::vector<std::string> chain() const { return {der(leaf.get()), der(issuer.get())}; }
  [[nodiscard]] Context context(const SSL_METHOD* method = TLS_server_method()) const {
    Context made(SSL_CTX_new(method));
    SSL_CTX_set_security_level(made.get(), 0);
    SSL_CTX_use_certificate(made.get(), leaf.get());
    SSL_CTX_add1_chain_cert(made.get(), issuer.get());
    SSL_CTX_use_PrivateKey(made.get(), key.get());
    return made;
  }
};

/// A TLS server for one connection on loopback. A thread of its own accepts the connection, does the handshake, and
/// calls `act`. The destructor joins the thread.
class TlsServer {
 public:
  using Act = std::function<void(SSL*)>;
  explicit TlsServer(Act act) : TlsServer([](int) {}, std::move(act)) {}
  /// `before` is called with the descriptor before the handshake, and may use the connection without TLS.
  TlsServer(std::function<void(int)> before, Act act) : context_(identity.context()) {
    thread_ = std::thread([this, before = std::move(before), act = std::move(act)] {
      peer.accept();
      before(peer.stream);
      const std::unique_ptr<SSL, Releases<SSL_free>> session(SSL_new(context_.get()));
      SSL_set_fd(session.get(), peer.stream);
      if (SSL_accept(session.get()) == 1) act(session.get());
      peer.hang_up();
    });
  }
  ~TlsServer() { join(); }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  Identity identity;
  Peer peer{SOCK_STREAM};

 private:
  Context context_;
  std::thread thread_;
};

/// A DTLS server for the first client that sends a datagram. It drops the first `lost` datagrams. It ends when the
/// client has been silent for 15 seconds.
class DtlsServer {
 public:
  explicit DtlsServer(TlsServer::Act act, std::size_t lost = 0) : context_(identity.context(DTLS_server_method())) {
    thread_ = std::thread([this, act = std::move(act), lost] {
      const timeval patience{15, 0};
      ::setsockopt(peer.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      for (std::size_t each = 0; each < lost; ++each) ::recv(peer.socket, nullptr, 0, 0);
      char byte;
      if (::recvfrom(peer.socket, &byte, 1, MSG_PEEK, reinterpret_cast<sockaddr*>(&from), &size) < 0) return;
      EXPECT_EQ(::connect(peer.socket, reinterpret_cast<sockaddr*>(&from), size), 0);
      const std::unique_ptr<SSL, Releases<SSL_free>> session(SSL_new(context_.get()));
      BIO* const socket = BIO_new_dgram(peer.socket, BIO_NOCLOSE);
      BIO_ctrl(socket, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &from);
      BIO_ctrl(socket, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, const_cast<timeval*>(&patience));
      SSL_set_bio(session.get(), socket, socket);
      if (SSL_accept(session.get()) == 1) act(session.get());
    });
  }
  ~DtlsServer() { join(); }
  DtlsServer(const DtlsServer&) = delete;
  DtlsServer& operator=(const DtlsServer&) = delete;
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  Identity identity;
  Peer peer{SOCK_DGRAM};

 private:
  Context context_;
  std::thread thread_;
};

}  // namespace sluice::net
