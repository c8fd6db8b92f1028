// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_NO_TLS

#include <cerrno>

#include "support/tls_server.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using core::Status;

struct DtlsSockets : LoopbackTest {
  SocketId connect_to(const DtlsServer& server) {
    peer->at = server.peer.at;
    return connect(Transport::Dtls, "www.example.com");
  }
  /// Connects to a peer that sends nothing. Drives the loop until the peer has received the first handshake message.
  SocketId greeted(const Peer& silent) {
    peer->at = silent.at;
    const SocketId socket = connect(Transport::Dtls);
    char byte;
    EXPECT_TRUE(drive_until([&] { return ::recv(silent.socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1; }));
    EXPECT_FALSE(inbox.has_last());
    return socket;
  }
};

/// Reads one message.
std::string read(SSL* session) {
  char message[TlsSession::kLongestMessage];
  std::size_t got = 0;
  return SSL_read_ex(session, message, sizeof message, &got) == 1 ? std::string(message, got) : "";
}

void write_record(SSL* session, const std::string& message) {
  std::size_t sent;
  EXPECT_EQ(SSL_write_ex(session, message.data(), message.size(), &sent), 1);
}

TEST_F(DtlsSockets, ConnectPerformsHandshakeAndGivesCertificates) {
  DtlsServer server([](SSL* session) {
    EXPECT_EQ(SSL_get_servername(session, TLSEXT_NAMETYPE_host_name), nullptr);
    write_record(session, "220 " + read(session));
    EXPECT_EQ(read(session), "");
    EXPECT_TRUE(SSL_get_shutdown(session) & SSL_RECEIVED_SHUTDOWN) << "no goodbye";
  });
  const SocketId socket = connect_to(server);
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_TRUE(network->is_tls(socket));
  EXPECT_EQ(network->info(socket)->transport, Transport::Dtls);
  EXPECT_EQ(network->info(socket)->remote, server.peer.at);
  EXPECT_NE(network->info(socket)->local->port, 0);
  EXPECT_EQ(ders(network->peer_certificates(socket)), server.identity.chain());
  EXPECT_EQ(send(socket, "hello").status, Status::Ok);
  EXPECT_EQ(receive(socket).data, "220 hello");
  EXPECT_EQ(receive(socket, {}, 20ms).status, Status::Timeout);
  EXPECT_EQ(deadlines.size(), 0u);
  network->close(socket);
  server.join();
}

TEST_F(DtlsSockets, ReceiveGivesOneMessageUnlessLinesOrBytesAreRequested) {
  const std::string longest(TlsSession::kLongestMessage, 'x');
  DtlsServer server([&](SSL* session) {
    for (const std::string& each :
         std::vector<std::string>{"one\n", "two\n", "three\n", "four\nfive\nsix", longest, "last"})
      write_record(session, each);
    SSL_shutdown(session);
    read(session);
  });
  const SocketId socket = connect_to(server);
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_EQ(receive(socket).data, "one\n");
  EXPECT_EQ(receive(socket, {ReceiveCondition::Kind::Lines, 2}).data, "two\nthree\n");
  EXPECT_EQ(receive(socket, {ReceiveCondition::Kind::Bytes, 3}).data, "four\nfive\nsix");
  EXPECT_TRUE(receive(socket).data == longest);
  EXPECT_EQ(receive(socket, {ReceiveCondition::Kind::Bytes, 100}).data, "last");
  EXPECT_EQ(receive(socket).status, Status::Eof);
  network->close(socket);
}

TEST_F(DtlsSockets, MessageIsSentInOneDatagramOrRefused) {
  const std::string longest(TlsSession::kLongestMessage, 'x');
  std::string got;
  DtlsServer server([&](SSL* session) {
    got = read(session);
    got += read(session);
  });
  const SocketId socket = connect_to(server);
  EXPECT_EQ(reply().status, Status::Ok);
  const core::Reply refused = send(socket, longest + "x");
  EXPECT_EQ(refused.status, Status::Refused);
  EXPECT_EQ(refused.data, "Message too long for DTLS, which takes 16384 bytes");
  EXPECT_EQ(send(socket, "").status, Status::Ok) << "nothing to send";
  EXPECT_EQ(send(socket, longest).status, Status::Ok);
  EXPECT_EQ(send(socket, "!").status, Status::Ok);
  server.join();
  EXPECT_TRUE(got == longest + "!");
}

TEST_F(DtlsSockets, PathPayloadFitsPacketsOf1400BytesForIpv4And1280ForIpv6) {
  for (const Family family : {Family::Inet, Family::Inet6}) {
    const bool v4 = family == Family::Inet;
    SocketAddress loopback({v4 ? Address::v4(INADDR_LOOPBACK) : *Address::parse("::1"), 9});
    const Opened udp = open_socket(family, {.type = SOCK_DGRAM});
    ASSERT_EQ(::connect(udp.descriptor, loopback.get(), loopback.size()), 0);
    EXPECT_EQ(path_payload(udp.descriptor, family), v4 ? 1400u - 20 - 8 : 1280u - 40 - 8);
    ::close(udp.descriptor);
  }
}

TEST_F(DtlsSockets, LostHelloIsRetransmittedAfterOneSecond) {
  DtlsServer server([](SSL* session) { write_record(session, "hello"); }, 1);
  const TimePoint start = clock.now();
  const SocketId socket = connect_to(server);
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_GE(clock.now() - start, 900ms);
  EXPECT_EQ(receive(socket).data, "hello");
}

TEST_F(DtlsSockets, SilentHandshakeTimesOutAtDeadlineAfterRetransmission) {
  const Peer silent(SOCK_DGRAM);
  const SocketId socket = network->connect(
      {.transport = Transport::Dtls, .remote = silent.at, .deadline = clock.now() + 1200ms}, inbox.next());
  EXPECT_EQ(reply().status, Status::Timeout);
  EXPECT_FALSE(network->is_open(socket));
  EXPECT_FALSE(network->is_tls(socket));
  EXPECT_EQ(receive(socket, {}, 50ms).status, Status::Timeout);
  int hellos = 0;
  for (char byte; ::recv(silent.socket, &byte, 1, MSG_DONTWAIT) == 1;) ++hellos;
  EXPECT_EQ(hellos, 2);
}

TEST_F(DtlsSockets, ClosedPortRefusesConnect) {
  Peer nobody(SOCK_DGRAM);
  peer->at = nobody.at;
  nobody.stop();
  const SocketId socket = connect(Transport::Dtls);
  EXPECT_EQ(reply().error, ECONNREFUSED);
  EXPECT_FALSE(network->is_open(socket));
}

TEST_F(DtlsSockets, ReceiveReportsConnectionRefusedAfterServerIsGone) {
  DtlsServer server([](SSL*) {});
  const SocketId socket = connect_to(server);
  EXPECT_EQ(reply().status, Status::Ok);
  server.join();
  server.peer.stop();
  EXPECT_EQ(send(socket, "hello").status, Status::Ok);
  EXPECT_EQ(receive(socket).error, ECONNREFUSED);
}

TEST_F(DtlsSockets, CloseCompletesHandshakeAsCancelled) {
  const Peer silent(SOCK_DGRAM);
  const SocketId socket = greeted(silent);
  network->close(socket);
  EXPECT_EQ(reply().status, Status::Cancelled);
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST_F(DtlsSockets, CancelledHandshakeNeverCompletes) {
  const Peer silent(SOCK_DGRAM);
  network->cancel(greeted(silent));
  loop->poll();
  EXPECT_FALSE(inbox.has_last());
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST_F(DtlsSockets, UpgradeAndSendToFail) {
  DtlsServer server([](SSL* session) { write_record(session, read(session)); });
  const SocketId socket = connect_to(server);
  EXPECT_EQ(reply().status, Status::Ok);
  network->upgrade_tls(socket, "", soon(), inbox.next());
  EXPECT_EQ(reply().error, EISCONN);
  network->send_to(socket, server.peer.at, "plain", inbox.next());
  EXPECT_EQ(reply().error, EISCONN);
  EXPECT_EQ(send(socket, "echo").status, Status::Ok);
  EXPECT_EQ(receive(socket).data, "echo");
}

}  // namespace
}  // namespace sluice::net

#endif
