#include "net/asio_network.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using core::Status;

struct Inbox final : core::Completions {
  std::map<std::uint32_t, core::Reply> replies;
  std::uint32_t last = 0;
  void complete(core::Ticket ticket, core::Reply reply) override {
    EXPECT_TRUE(replies.emplace(ticket.operation, std::move(reply)).second) << "completed twice";
  }
  core::Completion next() { return {this, {{}, ++last}}; }
};

std::size_t descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// A plain socket on a loopback port of its own.
struct Peer {
  explicit Peer(int type) : socket(::socket(AF_INET, type, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(::listen(socket, 5), 0);
    }
    socklen_t size = sizeof name;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size);
    at = {Address::v4(INADDR_LOOPBACK), ntohs(name.sin_port)};
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    hang_up();
    stop();
  }
  void accept() { stream = ::accept(socket, nullptr, nullptr); }
  void say(const std::string& text) const {
    EXPECT_EQ(::send(stream, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  void hang_up() {
    if (stream >= 0) ::close(std::exchange(stream, -1));
  }
  void stop() {
    if (socket >= 0) ::close(std::exchange(socket, -1));
  }
  int socket, stream = -1;
  Endpoint at;
};

struct AsioNetworkTest : testing::Test {
  SystemClock clock;
  core::Deadlines deadlines;
  Inbox inbox;
  EventLoop loop;
  std::optional<AsioNetwork> network{std::in_place, loop, deadlines, clock};
  Peer peer{SOCK_STREAM};

  core::Reply reply() {
    const TimePoint limit = clock.now() + 10s;
    while (!inbox.replies.contains(inbox.last) && clock.now() < limit) {
      loop.wait(std::min(limit, deadlines.next().value_or(limit)));
      deadlines.expire(clock.now());
    }
    EXPECT_TRUE(inbox.replies.contains(inbox.last)) << "never completed";
    return inbox.replies[inbox.last];
  }
  SocketId connect(Transport transport = Transport::Tcp) {
    return network->connect({.transport = transport, .remote = peer.at, .deadline = clock.now() + 5s}, inbox.next());
  }
  SocketId connected() {
    const SocketId socket = connect();
    EXPECT_EQ(reply().status, Status::Ok);
    peer.accept();
    return socket;
  }
  core::Reply receive(SocketId socket, Want want = {}, Duration limit = 5s) {
    network->receive(socket, want, clock.now() + limit, inbox.next());
    return reply();
  }
};

TEST_F(AsioNetworkTest, ConnectsAndTellsBothEnds) {
  const SocketId socket = connected();
  EXPECT_TRUE(network->is_open(socket));
  const auto info = network->info(socket);
  ASSERT_TRUE(info && info->local);
  EXPECT_EQ(info->remote, peer.at);
  EXPECT_NE(info->local->port, 0);
  network->send(socket, "hello", clock.now() + 5s, inbox.next());
  EXPECT_EQ(reply().status, Status::Ok);
  char got[5];
  EXPECT_EQ(::recv(peer.stream, got, sizeof got, MSG_WAITALL), 5);
  network->close(socket);
  EXPECT_FALSE(network->info(socket));
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST_F(AsioNetworkTest, RefusedSocketRemainsWithoutDescriptor) {
  peer.stop();
  const SocketId socket = connect();
  EXPECT_EQ(reply().status, Status::Error);
  EXPECT_EQ(reply().error, ECONNREFUSED);
  EXPECT_FALSE(network->is_open(socket));
  EXPECT_TRUE(network->info(socket));
  EXPECT_EQ(receive(socket).status, Status::Error);
}

TEST_F(AsioNetworkTest, ReceivesLinesThenBytesThenTheEnd) {
  const SocketId socket = connected();
  network->receive(socket, {Want::Kind::Lines, 2}, clock.now() + 5s, inbox.next());
  peer.say("220 one\n");
  loop.poll();
  EXPECT_FALSE(inbox.replies.contains(inbox.last));
  peer.say("220 two\nrest");
  EXPECT_EQ(reply().data, "220 one\n220 two\nrest");
  peer.say(std::string(20000, 'x'));
  EXPECT_GE(receive(socket, {Want::Kind::Bytes, 20000}).data.size(), 20000u);
  peer.say("last");
  peer.hang_up();
  EXPECT_EQ(receive(socket, {Want::Kind::Bytes, 100}).data, "last");
  EXPECT_EQ(receive(socket).status, Status::Eof);
}

TEST_F(AsioNetworkTest, DeadlineGivesWhatHasCome) {
  const SocketId socket = connected();
  EXPECT_EQ(receive(socket, {}, 50ms).status, Status::Timeout);
  peer.say("half");
  const core::Reply partial = receive(socket, {Want::Kind::Lines, 1}, 50ms);
  EXPECT_EQ(partial.status, Status::Ok);
  EXPECT_EQ(partial.data, "half");
}

TEST_F(AsioNetworkTest, CloseCancelsAndCancelIsSilent) {
  const SocketId socket = connected();
  network->receive(socket, {}, kNever, inbox.next());
  network->cancel(socket);
  peer.say("x");
  loop.poll();
  EXPECT_FALSE(inbox.replies.contains(inbox.last));
  EXPECT_EQ(receive(socket).data, "x");
  network->receive(socket, {}, kNever, inbox.next());
  network->close(socket);
  EXPECT_EQ(reply().status, Status::Cancelled);
}

TEST_F(AsioNetworkTest, UdpHearsThatNobodyListens) {
  {
    Peer gone(SOCK_DGRAM);
    peer.at = gone.at;
  }
  const SocketId socket = connect(Transport::Udp);
  EXPECT_EQ(reply().status, Status::Ok);
  network->send(socket, "x", clock.now() + 5s, inbox.next());
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_EQ(receive(socket).error, ECONNREFUSED);
}

TEST_F(AsioNetworkTest, AnEmptyDatagramIsADatagram) {
  Peer udp(SOCK_DGRAM);
  peer.at = udp.at;
  const SocketId socket = connect(Transport::Udp);
  network->send(socket, "?", clock.now() + 5s, inbox.next());
  EXPECT_EQ(reply().status, Status::Ok);
  sockaddr_in from{};
  socklen_t size = sizeof from;
  char got;
  ASSERT_EQ(::recvfrom(udp.socket, &got, 1, 0, reinterpret_cast<sockaddr*>(&from), &size), 1);
  for (const std::string_view each : {"", "two"})
    ::sendto(udp.socket, each.data(), each.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  const core::Reply first = receive(socket);
  EXPECT_EQ(first.status, Status::Ok);
  EXPECT_EQ(first.data, "");
  EXPECT_EQ(receive(socket).data, "two");
}

TEST_F(AsioNetworkTest, TlsIsRefused) {
  const SocketId socket = connect(Transport::Tls);
  EXPECT_EQ(reply().status, Status::Refused);
  EXPECT_EQ(reply().data, "sorry, you don't have OpenSSL");
  EXPECT_FALSE(network->is_open(socket));
}

TEST_F(AsioNetworkTest, ProbeLeavesNothing) {
  const std::size_t before = descriptors();
  const SocketId open = network->probe(peer.at, {}, clock.now() + 5s, inbox.next());
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_FALSE(network->info(open));
  peer.stop();
  network->probe(peer.at, {}, clock.now() + 5s, inbox.next());
  EXPECT_EQ(reply().error, ECONNREFUSED);
  EXPECT_EQ(descriptors(), before - 1);  // the listener's
}

TEST_F(AsioNetworkTest, ResolvesNamesAndNumbers) {
  network->resolve("localhost", Family::Inet, inbox.next());
  EXPECT_EQ(reply().addresses, std::vector{Address::v4(INADDR_LOOPBACK)});
  network->resolve("::1", {}, inbox.next());
  EXPECT_EQ(inbox.replies[inbox.last].addresses, std::vector{*Address::parse("::1")});
  network->resolve("::1", Family::Inet, inbox.next());
  EXPECT_EQ(reply().status, Status::Refused);
}

TEST_F(AsioNetworkTest, DestructionClosesEverythingSilently) {
  const std::size_t before = descriptors();
  const SocketId socket = connected();
  network->receive(socket, {}, clock.now() + 5s, inbox.next());
  peer.say("x");
  peer.hang_up();
  network.reset();
  loop.poll();
  EXPECT_FALSE(inbox.replies.contains(inbox.last));
  EXPECT_EQ(deadlines.size(), 0u);
  EXPECT_EQ(descriptors(), before);
}

TEST_F(AsioNetworkTest, WakeEndsAWait) {
  loop.wake();
  loop.wait(kNever);
}

}  // namespace
}  // namespace sluice::net
