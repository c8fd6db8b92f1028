// SPDX-License-Identifier: Apache-2.0
#include "support/fake_network.hpp"

#include "support/manual_clock.hpp"

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
  [[nodiscard]] const core::Reply* reply() const {
    const auto found = replies.find(last);
    return found == replies.end() ? nullptr : &found->second;
  }
};

struct FakeNetwork : testing::Test {
  ManualClock clock;
  core::Deadlines deadlines;
  Inbox inbox;
  net::FakeNetwork network{deadlines, clock};
  Endpoint remote{*Address::parse("127.0.0.1"), 80};

  void pass(Duration time) {
    clock.advance(time);
    deadlines.expire(clock.now());
  }
  SocketId connect(Transport transport = Transport::Tcp) {
    return network.connect(
        {.transport = transport, .remote = remote, .server_name = "name", .deadline = clock.now() + 5s}, inbox.next());
  }
  void receive(SocketId socket, ReceiveCondition want = {}) {
    network.receive(socket, want, clock.now() + 5s, inbox.next());
  }
};

TEST_F(FakeNetwork, BannerArrivesAfterDelayAndThenEof) {
  network.tcp(remote).rtt(10ms).after(1s).banner("hello\n").close();
  const SocketId socket = connect();
  EXPECT_EQ(inbox.reply(), nullptr);
  pass(10ms);
  ASSERT_NE(inbox.reply(), nullptr);
  EXPECT_EQ(inbox.reply()->status, Status::Ok);
  receive(socket);
  pass(999ms);
  EXPECT_EQ(inbox.reply(), nullptr);
  pass(1ms);
  ASSERT_NE(inbox.reply(), nullptr);
  EXPECT_EQ(inbox.reply()->data, "hello\n");
  receive(socket);
  EXPECT_EQ(inbox.reply()->status, Status::Eof);
  EXPECT_EQ(network.open_sockets(), 1u);
  network.close(socket);
  EXPECT_EQ(network.open_sockets(), 0u);
}

TEST_F(FakeNetwork, ConnectToSilentServerTimesOutAtDeadline) {
  network.tcp(remote).silent();
  const SocketId socket = connect();
  pass(4999ms);
  EXPECT_EQ(inbox.reply(), nullptr);
  pass(1ms);
  ASSERT_NE(inbox.reply(), nullptr);
  EXPECT_EQ(inbox.reply()->status, Status::Timeout);
  EXPECT_FALSE(network.is_open(socket));
  network.close(socket);
}

TEST_F(FakeNetwork, UnknownEndpointRefusesConnect) {
  const SocketId socket = connect();
  EXPECT_EQ(inbox.reply()->status, Status::Error);
  EXPECT_EQ(inbox.reply()->error, ECONNREFUSED);
  network.close(socket);
}

TEST_F(FakeNetwork, RepliesFollowScriptAndShortReceiveWaitsUntilDeadline) {
  network.tcp(remote).reply("one ").reply("two").echo();
  const SocketId socket = connect();
  network.send(socket, "a", kNever, inbox.next());
  receive(socket, {ReceiveCondition::Kind::Bytes, 7, 100});
  pass(1s);
  EXPECT_EQ(inbox.reply(), nullptr);
  pass(4s);
  EXPECT_EQ(inbox.reply()->data, "one ");
  network.send(socket, "b", kNever, inbox.next());
  network.send(socket, "c", kNever, inbox.next());
  receive(socket);
  EXPECT_EQ(inbox.reply()->data, "twoc");
  EXPECT_EQ(network.tcp(remote).received(), "abc");
  network.close(socket);
}

TEST_F(FakeNetwork, CloseCompletesReceiveAsCancelledAndCancelDoesNot) {
  network.tcp(remote).accept();
  const SocketId socket = connect();
  receive(socket);
  network.cancel(socket);
  pass(10s);
  EXPECT_EQ(inbox.reply(), nullptr);
  receive(socket);
  network.close(socket);
  ASSERT_NE(inbox.reply(), nullptr);
  EXPECT_EQ(inbox.reply()->status, Status::Cancelled);
}

TEST_F(FakeNetwork, ProbeClosesSocketAtCompletion) {
  network.tcp(remote).lose(1).rtt(1ms);
  network.probe(remote, {}, clock.now() + 100ms, inbox.next());
  pass(100ms);
  EXPECT_EQ(inbox.reply()->status, Status::Timeout);
  EXPECT_EQ(network.open_sockets(), 0u);
  network.probe(remote, {}, clock.now() + 100ms, inbox.next());
  pass(1ms);
  EXPECT_EQ(inbox.reply()->status, Status::Ok);
  EXPECT_EQ(network.open_sockets(), 0u);
  EXPECT_EQ(network.peak_open_sockets(), 1u);
}

TEST_F(FakeNetwork, DatagramsKeepBoundaries) {
  network.udp(remote).echo();
  const SocketId socket = connect(Transport::Udp);
  network.send(socket, "one", kNever, inbox.next());
  network.send(socket, "two", kNever, inbox.next());
  receive(socket);
  EXPECT_EQ(inbox.reply()->data, "one");
  network.close(socket);
}

TEST_F(FakeNetwork, RefusedDatagramFailsNextReceive) {
  const SocketId socket = connect(Transport::Udp);
  network.send(socket, "one", kNever, inbox.next());
  EXPECT_EQ(inbox.reply()->status, Status::Ok);
  receive(socket);
  EXPECT_EQ(inbox.reply()->error, ECONNREFUSED);
  network.close(socket);
}

TEST_F(FakeNetwork, NamesResolveToRequestedFamily) {
  network.name("both", {*Address::parse("127.0.0.1"), *Address::parse("::1")}, 1s);
  network.resolve("both", Family::Inet6, inbox.next());
  EXPECT_EQ(inbox.reply(), nullptr);
  pass(1s);
  EXPECT_EQ(inbox.reply()->addresses, std::vector{*Address::parse("::1")});
  network.resolve("none", {}, inbox.next());
  EXPECT_EQ(inbox.reply()->data, "Name or service not known");
}

TEST_F(FakeNetwork, TlsConnectGivesCertificatesAndIsRefusedWithoutTls) {
  network.tcp(remote).tls(CertificateChain(2));
  const SocketId socket = connect(Transport::Tls);
  EXPECT_EQ(inbox.reply()->status, Status::Ok);
  EXPECT_TRUE(network.is_tls(socket));
  EXPECT_EQ(network.peer_certificates(socket), CertificateChain(2));
  EXPECT_EQ(network.tcp(remote).server_names(), std::vector<std::string>{"name"});
  network.close(socket);
  network.without_tls = true;
  network.close(connect(Transport::Tls));
  EXPECT_EQ(inbox.reply()->status, Status::Refused);
}

TEST_F(FakeNetwork, AtOnceFalseDefersCompletions) {
  network.at_once = false;
  network.tcp(remote).accept();
  const SocketId socket = connect();
  EXPECT_EQ(inbox.reply(), nullptr);
  pass(0ms);
  EXPECT_EQ(inbox.reply()->status, Status::Ok);
  network.close(socket);
}

}  // namespace
}  // namespace sluice::net
