// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_NO_TLS

#include <cerrno>
#include <cstdio>
#include <fstream>

#include <openssl/pem.h>

#include "support/tls_server.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using core::Status;

struct TlsSockets : LoopbackTest {
  SocketId connect_to(const TlsServer& server, std::string server_name = {}) {
    return network->connect({.transport = Transport::Tls,
                             .remote = server.peer.at,
                             .server_name = std::move(server_name),
                             .deadline = soon()},
                            inbox.next());
  }
  /// Connects to the plain peer. Drives the loop until the peer has received the first handshake message.
  SocketId greeted() {
    const SocketId socket = connect(Transport::Tls);
    peer->accept();
    char byte;
    EXPECT_TRUE(drive_until([&] { return ::recv(peer->stream, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1; }));
    EXPECT_FALSE(inbox.has_last());
    return socket;
  }
};

std::string read_all(SSL* session, std::size_t size) {
  std::string all;
  char piece[16384];
  while (all.size() < size) {
    std::size_t got = 0;
    if (SSL_read_ex(session, piece, sizeof piece, &got) != 1) break;
    all.append(piece, got);
  }
  return all;
}

void write_all(SSL* session, const std::string& data) {
  std::size_t sent;
  EXPECT_EQ(SSL_write_ex(session, data.data(), data.size(), &sent), 1);
}

TEST_F(TlsSockets, ConnectPerformsHandshakeAndGivesCertificates) {
  std::string name;
  TlsServer server([&](SSL* session) {
    name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    write_all(session, "220 " + read_all(session, 5));
    EXPECT_EQ(read_all(session, 1), "");
    EXPECT_TRUE(SSL_get_shutdown(session) & SSL_RECEIVED_SHUTDOWN) << "no goodbye";
  });
  const SocketId socket = connect_to(server, "www.example.com");
  EXPECT_FALSE(network->is_tls(socket));
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_TRUE(network->is_tls(socket));
  EXPECT_EQ(network->info(socket)->transport, Transport::Tls);
  EXPECT_EQ(network->info(socket)->remote, server.peer.at);
  EXPECT_EQ(ders(network->peer_certificates(socket)), server.identity.chain());
  EXPECT_EQ(send(socket, "hello").status, Status::Ok);
  EXPECT_EQ(receive(socket).data, "220 hello");
  EXPECT_EQ(receive(socket, {}, 20ms).status, Status::Timeout);
  network->close(socket);
  server.join();
  EXPECT_EQ(name, "www.example.com");
}

TEST_F(TlsSockets, ReceiveConditionsHoldAsForTcp) {
  TlsServer server([&](SSL* session) {
    write_all(session, "220 one\n");
    write_all(session, "220 two\nrest");
    read_all(session, 2);
    write_all(session, std::string(100000, 'x'));
    read_all(session, 2);
    write_all(session, "half");
    read_all(session, 2);
    write_all(session, "last");
    SSL_shutdown(session);
  });
  const SocketId socket = connect_to(server);
  EXPECT_EQ(reply().status, Status::Ok);
  std::string lines = receive(socket, {ReceiveCondition::Kind::Lines, 2}).data;
  EXPECT_TRUE(lines.starts_with("220 one\n220 two\n")) << lines;
  if (lines.ends_with('\n')) lines += receive(socket).data;
  EXPECT_TRUE(lines.ends_with("rest")) << lines;
  send(socket, "go");
  std::size_t bytes = 0;
  while (bytes < 100000) {
    const core::Reply some =
        receive(socket, {ReceiveCondition::Kind::Bytes, std::min<std::size_t>(60000, 100000 - bytes)});
    ASSERT_EQ(some.status, Status::Ok);
    bytes += some.data.size();
  }
  EXPECT_EQ(bytes, 100000u);
  send(socket, "go");
  EXPECT_EQ(receive(socket, {ReceiveCondition::Kind::Lines, 1}, 200ms).data, "half");
  send(socket, "go");
  EXPECT_EQ(receive(socket, {ReceiveCondition::Kind::Bytes, 100}).data, "last");
  EXPECT_EQ(receive(socket).status, Status::Eof);
  EXPECT_EQ(receive(socket).status, Status::Eof);
}

TEST_F(TlsSockets, TwelveMegabytesAreSentAndReceived) {
  std::string message(12 << 20, 'x');
  for (std::size_t each = 0; each < message.size(); each += 1000) message[each] = static_cast<char>(each / 1000);
  TlsServer server([&](SSL* session) { write_all(session, read_all(session, message.size())); });
  const SocketId socket = connect_to(server);
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_EQ(send(socket, message).status, Status::Ok);
  EXPECT_TRUE(receive(socket, {ReceiveCondition::Kind::Bytes, message.size()}).data == message);
  EXPECT_EQ(receive(socket).status, Status::Eof);
}

TEST_F(TlsSockets, UpgradeKeepsConnection) {
  TlsServer server(
      [](int plain) {
        char command[8];
        EXPECT_EQ(::recv(plain, command, 8, MSG_WAITALL), 8);
        EXPECT_EQ(::send(plain, "go ahead", 8, MSG_NOSIGNAL), 8);
      },
      [](SSL* session) { write_all(session, read_all(session, 4)); });
  peer->at = server.peer.at;
  const SocketId socket = connect();
  EXPECT_EQ(reply().status, Status::Ok);
  const auto local = network->info(socket)->local;
  EXPECT_EQ(send(socket, "STARTTLS").status, Status::Ok);
  EXPECT_EQ(receive(socket).data, "go ahead");
  EXPECT_FALSE(network->is_tls(socket));
  network->upgrade_tls(socket, "", soon(), inbox.next());
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_TRUE(network->is_tls(socket));
  EXPECT_EQ(network->info(socket)->local, local);
  EXPECT_EQ(ders(network->peer_certificates(socket)), server.identity.chain());
  EXPECT_EQ(send(socket, "echo").status, Status::Ok);
  EXPECT_EQ(receive(socket).data, "echo");
  network->upgrade_tls(socket, "", soon(), inbox.next());
  EXPECT_EQ(reply().error, EISCONN) << "twice";
}

TEST_F(TlsSockets, UpgradeOfUdpSocketFails) {
  Peer udp(SOCK_DGRAM);
  peer->at = udp.at;
  const SocketId socket = connect(Transport::Udp);
  network->upgrade_tls(socket, "", soon(), inbox.next());
  EXPECT_EQ(reply().error, EOPNOTSUPP);
  EXPECT_TRUE(network->is_open(socket));
}

TEST_F(TlsSockets, SilentHandshakeTimesOutAtDeadline) {
  const SocketId socket =
      network->connect({.transport = Transport::Tls, .remote = peer->at, .deadline = clock.now() + 50ms}, inbox.next());
  EXPECT_EQ(reply().status, Status::Timeout);
  EXPECT_FALSE(network->is_open(socket));
  EXPECT_FALSE(network->is_tls(socket));
  EXPECT_EQ(receive(socket, {}, 50ms).status, Status::Timeout);
}

TEST_F(TlsSockets, CloseByPeerFailsHandshake) {
  const SocketId socket = greeted();
  peer->hang_up();
  EXPECT_EQ(reply().status, Status::Error);
  EXPECT_FALSE(network->is_open(socket));
}

TEST_F(TlsSockets, PlainTextPeerFailsHandshake) {
  greeted();
  peer->say("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(reply().status, Status::Error);
}

TEST_F(TlsSockets, ClosedPortRefusesConnect) {
  peer->stop();
  connect(Transport::Tls);
  EXPECT_EQ(reply().error, ECONNREFUSED);
}

TEST_F(TlsSockets, CloseCompletesHandshakeAsCancelled) {
  const SocketId socket = greeted();
  network->close(socket);
  EXPECT_EQ(reply().status, Status::Cancelled);
}

TEST_F(TlsSockets, CancelledHandshakeNeverCompletes) {
  const SocketId socket = greeted();
  network->cancel(socket);
  peer->hang_up();
  loop->poll();
  EXPECT_FALSE(inbox.has_last());
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST_F(TlsSockets, ConnectSucceedsToOpensslServer) {
  if (std::system("openssl version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no openssl command here";
  const std::string file = testing::TempDir() + "s_server_" + std::to_string(::getpid()) + ".pem";
  const Identity identity;
  std::FILE* pem = std::fopen(file.c_str(), "w");
  ASSERT_TRUE(pem);
  PEM_write_X509(pem, identity.leaf.get());
  PEM_write_PrivateKey(pem, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(pem);
  const std::string command =
      "exec timeout 60 openssl s_server -accept 127.0.0.1:0 -naccept 1 -rev -cert '" + file + "' 2>/dev/null";
  std::FILE* output = ::popen(command.c_str(), "r");
  ASSERT_TRUE(output);
  unsigned port = 0;
  for (char line[200]; port == 0 && std::fgets(line, sizeof line, output);)
    std::sscanf(line, "ACCEPT 127.0.0.1:%u", &port);
  ASSERT_NE(port, 0u);
  peer->at.port = static_cast<std::uint16_t>(port);
  const SocketId socket = connect(Transport::Tls, "localhost");
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_EQ(ders(network->peer_certificates(socket)), std::vector{der(identity.leaf.get())});
  EXPECT_EQ(send(socket, "hello\n").status, Status::Ok);
  EXPECT_EQ(receive(socket, {ReceiveCondition::Kind::Lines, 1}).data, "olleh\n");
  network->close(socket);
  while (std::fgetc(output) != EOF) {
  }
  ::pclose(output);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace sluice::net

#endif
