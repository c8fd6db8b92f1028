// SPDX-License-Identifier: Apache-2.0
#include "native/tls_session.hpp"

#ifndef SLUICE_NO_TLS

#include <gtest/gtest.h>

#include "support/tls_server.hpp"

namespace sluice::net {
namespace {

using State = net::TlsSession::State;

/// A client and a server that exchange their bytes in memory.
struct TlsSession : testing::Test {
  Identity identity;
  Context context = identity.context();
  SSL* raw_server = nullptr;
  std::unique_ptr<net::TlsSession> client, server;

  void open(const std::string& server_name = "") {
    client = net::TlsSession::client(server_name);
    raw_server = SSL_new(context.get());
    SSL_set_accept_state(raw_server);
    server = net::TlsSession::adopt(raw_server);
    ASSERT_TRUE(client && server);
  }
  /// Feeds the output of `from` to `to`, `piece` bytes at a time. Returns false if there was no output.
  static bool carry(net::TlsSession& from, net::TlsSession& to, std::size_t piece = SIZE_MAX) {
    const std::string output = from.take_output();
    for (std::size_t at = 0; at < output.size(); at += std::min(piece, output.size() - at)) {
      to.feed(std::string_view(output).substr(at, piece));
      if (piece != SIZE_MAX && !to.shaken()) to.shake();
    }
    return !output.empty();
  }
  std::pair<State, State> shake(std::size_t piece = SIZE_MAX) {
    State of_client, of_server;
    do {
      of_client = client->shake();
      carry(*client, *server, piece);
      of_server = server->shake();
    } while (carry(*server, *client, piece));
    return {of_client == State::NeedsInput ? client->shake() : of_client, of_server};
  }
  void shaken(const std::string& server_name = "") {
    open(server_name);
    ASSERT_EQ(shake(), std::pair(State::Done, State::Done));
  }
  static std::string read(net::TlsSession& session, State& why) {
    std::string all;
    char piece[8192];
    for (;;) {
      const auto [state, bytes] = session.read(piece, sizeof piece);
      if ((why = state) != State::Done) return all;
      all.append(piece, bytes);
    }
  }
  static std::string read(net::TlsSession& session) {
    State ignored;
    return read(session, ignored);
  }
};

TEST_F(TlsSession, HandshakeGivesWholeCertificateChain) {
  open();
  EXPECT_EQ(client->shake(), State::NeedsInput);
  EXPECT_FALSE(client->shaken());
  EXPECT_TRUE(client->peer_certificates().empty());
  EXPECT_EQ(shake(), std::pair(State::Done, State::Done));
  EXPECT_TRUE(client->shaken());
  EXPECT_EQ(ders(client->peer_certificates()), identity.chain());
}

TEST_F(TlsSession, HandshakeSucceedsByteByByte) {
  open();
  EXPECT_EQ(shake(1), std::pair(State::Done, State::Done));
}

TEST_F(TlsSession, LongMessagesArriveCompleteInBothDirections) {
  shaken();
  std::string message;
  for (int each = 0; each < 300000; ++each) message += std::to_string(each);
  for (auto [from, to] : {std::pair(client.get(), server.get()), std::pair(server.get(), client.get())}) {
    std::string got;
    for (std::size_t sent = 0; sent < message.size();) {
      const auto [state, bytes] = from->write(std::string_view(message).substr(sent));
      ASSERT_EQ(state, State::Done);
      sent += bytes;
      carry(*from, *to);
      got += read(*to);
    }
    EXPECT_EQ(got, message);
  }
}

TEST_F(TlsSession, ServerNameIsSentUnlessNumeric) {
  shaken("www.example.com");
  EXPECT_STREQ(SSL_get_servername(raw_server, TLSEXT_NAMETYPE_host_name), "www.example.com");
  for (const char* none : {"", "192.0.2.1", "2001:db8::1"}) {
    shaken(none);
    EXPECT_EQ(SSL_get_servername(raw_server, TLSEXT_NAMETYPE_host_name), nullptr) << none;
  }
}

TEST_F(TlsSession, OldProtocolVersionsAreAccepted) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    shaken();
    EXPECT_EQ(SSL_version(raw_server), version);
  }
}

Key rsa_pss() {
  const std::unique_ptr<EVP_PKEY_CTX, Releases<EVP_PKEY_CTX_free>> maker(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(maker.get());
  EVP_PKEY_keygen(maker.get(), &key);
  return Key(key);
}

TEST_F(TlsSession, ServerKeyOfAnyTypeIsAccepted) {
  std::vector<Key> keys;
  keys.emplace_back(EVP_RSA_gen(2048));
  for (const char* curve : {"P-256", "P-384", "P-521"}) keys.emplace_back(EVP_EC_gen(curve));
  for (const char* name : {"ED25519", "ED448"}) keys.emplace_back(EVP_PKEY_Q_keygen(nullptr, nullptr, name));
  keys.emplace_back(rsa_pss());
  for (Key& key : keys) {
    identity.key = std::move(key);
    identity.leaf = make_certificate("server", identity.key.get(), "issuer", identity.issuer_key.get());
    context = identity.context();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      SCOPED_TRACE(EVP_PKEY_get0_type_name(identity.key.get()));
      SSL_CTX_set_max_proto_version(context.get(), version);
      shaken();
      const CertificateChain chain = client->peer_certificates();
      ASSERT_EQ(ders(chain), identity.chain());
      EXPECT_EQ(EVP_PKEY_eq(X509_get0_pubkey(chain[0].get()), identity.key.get()), 1);
    }
  }
}

TEST_F(TlsSession, ServerWithoutCertificateIsAccepted) {
  context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "aNULL:eNULL:@SECLEVEL=0");
  shaken();
  EXPECT_TRUE(client->peer_certificates().empty());
}

TEST_F(TlsSession, RenegotiationByServerSucceeds) {
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  shaken();
  ASSERT_EQ(SSL_renegotiate(raw_server), 1);
  server->shake();
  for (int round = 0; round < 4; ++round) {
    carry(*server, *client);
    EXPECT_EQ(read(*client), "");
    carry(*client, *server);
    read(*server);
  }
  EXPECT_EQ(SSL_renegotiate_pending(raw_server), 0);
  EXPECT_TRUE(client->shaken());
  ASSERT_EQ(client->write("after").state, State::Done);
  carry(*client, *server);
  EXPECT_EQ(read(*server), "after");
}

TEST_F(TlsSession, PlainTextFailsHandshake) {
  open();
  EXPECT_EQ(client->shake(), State::NeedsInput);
  client->feed("220 mail.example.com ESMTP ready\r\n");
  EXPECT_EQ(client->shake(), State::Failed);
  EXPECT_FALSE(client->shaken());
}

TEST_F(TlsSession, EofFailsHandshake) {
  open();
  EXPECT_EQ(client->shake(), State::NeedsInput);
  client->feed_end();
  EXPECT_EQ(client->shake(), State::Failed);
}

TEST_F(TlsSession, EndFollowsLastByteWithOrWithoutCloseNotify) {
  for (const bool goodbye : {true, false}) {
    shaken();
    server->write("last");
    if (goodbye) server->shut();
    carry(*server, *client);
    if (!goodbye) client->feed_end();
    State why;
    EXPECT_EQ(read(*client, why), "last");
    EXPECT_EQ(why, State::End);
  }
}

TEST_F(TlsSession, DamagedRecordFailsRead) {
  shaken();
  server->write("secret");
  std::string record = server->take_output();
  record.back() ^= 1;
  client->feed(record);
  State why;
  EXPECT_EQ(read(*client, why), "");
  EXPECT_EQ(why, State::Failed);
}

}  // namespace
}  // namespace sluice::net

#endif
