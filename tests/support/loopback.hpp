// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "native/native_network.hpp"
#include "support/descriptors.hpp"

namespace sluice::net {

/// Receives the replies of a test's operations, and stores them by the number of the operation. Fails the test if an
/// operation completes twice.
struct Inbox final : core::Completions {
  std::map<std::uint32_t, core::Reply> replies;
  std::uint32_t last = 0;
  void complete(core::Ticket ticket, core::Reply reply) override {
    EXPECT_TRUE(replies.emplace(ticket.operation, std::move(reply)).second) << "completed twice";
  }
  core::Completion next() { return {this, {{}, ++last}}; }
  [[nodiscard]] bool has_last() const { return replies.contains(last); }
};

/// A socket of the operating system on a port of loopback. `port` 0: the system chooses one. A stream socket listens.
struct Peer {
  explicit Peer(int type, std::uint16_t port = 0, in_addr_t address = INADDR_LOOPBACK)
      : socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(address);
    name.sin_port = htons(port);
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
  void accept() { stream = ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC); }
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

/// A test with a NativeNetwork, its event loop, and a listening peer. Fails if deadlines or descriptors are left.
struct LoopbackTest : testing::Test {
  std::size_t before = descriptors();
  SystemClock clock;
  core::Deadlines deadlines;
  Inbox inbox;
  std::optional<EpollEventLoop> loop{std::in_place};
  std::optional<NativeNetwork> network{std::in_place, *loop, deadlines, clock};
  std::optional<Peer> peer{SOCK_STREAM};

  void TearDown() override {
    network.reset();
    EXPECT_EQ(deadlines.size(), 0u);
    loop.reset();
    peer.reset();
    // A helper thread may still run a look-up of the system's resolver.
    const TimePoint limit = clock.now() + std::chrono::seconds(20);
    while (descriptors() != before && clock.now() < limit) std::this_thread::yield();
    EXPECT_EQ(descriptors(), before);
  }

  template <class Condition>
  bool drive_until(Condition condition) {
    using namespace std::chrono_literals;
    const TimePoint limit = clock.now() + 20s;
    while (!condition() && clock.now() < limit) {
      loop->wait(std::min(clock.now() + 10ms, deadlines.next().value_or(limit)));
      deadlines.expire(clock.now());
    }
    return condition();
  }
  /// Waits for the reply to the operation that was started last, and returns it.
  core::Reply reply() {
    EXPECT_TRUE(drive_until([&] { return inbox.has_last(); })) << "never completed";
    return inbox.replies[inbox.last];
  }
  [[nodiscard]] TimePoint soon() const { return clock.now() + std::chrono::seconds(15); }

  SocketId connect(Transport transport = Transport::Tcp, std::string server_name = {}) {
    return network->connect(
        {.transport = transport, .remote = peer->at, .server_name = std::move(server_name), .deadline = soon()},
        inbox.next());
  }
  SocketId connected() {
    const SocketId socket = connect();
    EXPECT_EQ(reply().status, core::Status::Ok);
    peer->accept();
    return socket;
  }
  core::Reply send(SocketId socket, std::string data) {
    network->send(socket, std::move(data), soon(), inbox.next());
    return reply();
  }
  core::Reply receive(SocketId socket, ReceiveCondition want = {}, Duration limit = std::chrono::seconds(15)) {
    network->receive(socket, want, clock.now() + limit, inbox.next());
    return reply();
  }
};

}  // namespace sluice::net
