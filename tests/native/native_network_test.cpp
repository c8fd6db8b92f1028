// SPDX-License-Identifier: Apache-2.0
#include "native/native_network.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "support/loopback.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using core::Status;

struct Sockets : LoopbackTest {};
struct EventLoop : LoopbackTest {};

TEST_F(Sockets, ConnectReportsLocalAndRemoteEndpoint) {
  const SocketId socket = connected();
  EXPECT_TRUE(network->is_open(socket));
  const auto info = network->info(socket);
  ASSERT_TRUE(info && info->local);
  EXPECT_EQ(info->remote, peer->at);
  EXPECT_NE(info->local->port, 0);
  EXPECT_EQ(send(socket, "hello").status, Status::Ok);
  char got[5];
  EXPECT_EQ(::recv(peer->stream, got, sizeof got, MSG_WAITALL), 5);
  network->close(socket);
  EXPECT_FALSE(network->info(socket));
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST_F(Sockets, ImmediateConnectCompletesInNextTurn) {
  connect();
  EXPECT_FALSE(inbox.replies.contains(inbox.last));
  loop->poll();
  EXPECT_TRUE(inbox.replies.contains(inbox.last));
  EXPECT_EQ(inbox.replies.at(inbox.last).status, Status::Ok);
}

TEST_F(Sockets, RefusedSocketRemainsWithoutDescriptor) {
  peer->stop();
  const SocketId socket = connect();
  EXPECT_EQ(reply().status, Status::Error);
  EXPECT_EQ(reply().error, ECONNREFUSED);
  EXPECT_FALSE(network->is_open(socket));
  EXPECT_TRUE(network->info(socket));
  EXPECT_EQ(receive(socket).status, Status::Eof);
  EXPECT_EQ(send(socket, "x").status, Status::Error);
}

TEST_F(Sockets, ReceiveGivesLinesThenBytesThenEof) {
  const SocketId socket = connected();
  network->receive(socket, {ReceiveCondition::Kind::Lines, 2}, clock.now() + 5s, inbox.next());
  peer->say("220 one\n");
  loop->poll();
  EXPECT_FALSE(inbox.replies.contains(inbox.last));
  peer->say("220 two\nrest");
  EXPECT_EQ(reply().data, "220 one\n220 two\nrest");
  peer->say(std::string(20000, 'x'));
  EXPECT_GE(receive(socket, {ReceiveCondition::Kind::Bytes, 20000}).data.size(), 20000u);
  peer->say("last");
  peer->hang_up();
  EXPECT_EQ(receive(socket, {ReceiveCondition::Kind::Bytes, 100}).data, "last");
  EXPECT_EQ(receive(socket).status, Status::Eof);
}

TEST_F(Sockets, ReceiveReturnsPartialDataAtDeadline) {
  const SocketId socket = connected();
  EXPECT_EQ(receive(socket, {}, 50ms).status, Status::Timeout);
  peer->say("half");
  const core::Reply partial = receive(socket, {ReceiveCondition::Kind::Lines, 1}, 50ms);
  EXPECT_EQ(partial.status, Status::Ok);
  EXPECT_EQ(partial.data, "half");
}

TEST_F(Sockets, CloseCompletesReceiveAsCancelledAndCancelDoesNot) {
  const SocketId socket = connected();
  network->receive(socket, {}, kNever, inbox.next());
  network->cancel(socket);
  peer->say("x");
  loop->poll();
  EXPECT_FALSE(inbox.replies.contains(inbox.last));
  EXPECT_EQ(receive(socket).data, "x");
  network->receive(socket, {}, kNever, inbox.next());
  network->close(socket);
  EXPECT_EQ(reply().status, Status::Cancelled);
}

TEST_F(Sockets, UdpReceiveReportsConnectionRefused) {
  {
    Peer gone(SOCK_DGRAM);
    peer->at = gone.at;
  }
  const SocketId socket = connect(Transport::Udp);
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_EQ(send(socket, "x").status, Status::Ok);
  EXPECT_EQ(receive(socket).error, ECONNREFUSED);
}

TEST_F(Sockets, UdpReceiveReportsRefusalOnlyIfRequested) {
  for (const char* const address : {"127.0.0.1", "::1"}) {
    const Endpoint nobody{*Address::parse(address), Peer(SOCK_DGRAM).at.port};
    for (const bool hear : {true, false}) {
      const SocketId socket = network->connect(
          {.transport = Transport::Udp, .remote = nobody, .deadline = soon(), .report_icmp_errors = hear},
          inbox.next());
      EXPECT_EQ(send(socket, "x").status, Status::Ok);
      const core::Reply refused = receive(socket);
      EXPECT_EQ(refused.error, ECONNREFUSED);
      EXPECT_EQ(refused.refusal, hear ? core::Refusal::Port : core::Refusal::None) << address;
      network->close(socket);
    }
  }
}

TEST_F(Sockets, EmptyDatagramIsReceived) {
  Peer udp(SOCK_DGRAM);
  peer->at = udp.at;
  const SocketId socket = connect(Transport::Udp);
  EXPECT_EQ(send(socket, "?").status, Status::Ok);
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

TEST_F(Sockets, UnconnectedUdpSocketsExchangeDatagrams) {
  for (const Family family : {Family::Inet, Family::Inet6}) {
    const Address loopback = *Address::parse(family == Family::Inet ? "127.0.0.1" : "::1");
    const auto bound = network->open_udp(family, Endpoint{loopback, 0});
    if (!bound && family == Family::Inet6) GTEST_SKIP() << bound.error().message;
    ASSERT_TRUE(bound);
    const Endpoint there = *network->info(*bound)->local;
    EXPECT_EQ(there.address, loopback);
    const auto unbound = network->open_udp(family, {});
    ASSERT_TRUE(unbound);
    EXPECT_FALSE(network->info(*unbound)->local);
    network->send_to(*unbound, there, "to", inbox.next());
    EXPECT_EQ(reply().status, Status::Ok);
    EXPECT_EQ(network->info(*unbound)->remote, there);
    EXPECT_NE(network->info(*unbound)->local->port, 0);
    EXPECT_EQ(receive(*bound).data, "to");
    network->send_to(*bound, {loopback, network->info(*unbound)->local->port}, "fro", inbox.next());
    EXPECT_EQ(receive(*unbound).data, "fro");
  }
}

TEST_F(Sockets, ScanTtlAppliesToScanSocketsOnly) {
  network.emplace(*loop, deadlines, clock, NetworkOptions{.scan_ttl = 7});
  const Peer server(SOCK_DGRAM);
  const int on = 1;
  ASSERT_EQ(::setsockopt(server.socket, IPPROTO_IP, IP_RECVTTL, &on, sizeof on), 0);
  for (const bool scan : {true, false}) {
    const SocketId socket = network->connect(
        {.transport = Transport::Udp, .remote = server.at, .deadline = soon(), .report_icmp_errors = scan},
        inbox.next());
    ASSERT_EQ(send(socket, "x").status, Status::Ok);
    alignas(cmsghdr) char control[64];
    msghdr message{};
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ASSERT_GE(::recvmsg(server.socket, &message, 0), 0);
    const cmsghdr* first = CMSG_FIRSTHDR(&message);
    ASSERT_TRUE(first && first->cmsg_type == IP_TTL);
    int ttl = 0;
    std::memcpy(&ttl, CMSG_DATA(first), sizeof ttl);
    EXPECT_EQ(ttl == 7, scan) << ttl;
  }
}

struct Prober : Sockets {
  ProbeId probe(const Endpoint& remote, const std::optional<Endpoint>& local = {}, Duration limit = 15s) {
    const core::Completion done = inbox.next();
    const net::Prober::ProbeResult probed = network->probe(remote, local, clock.now() + limit, done);
    if (probed.answer) done(*probed.answer == 0 ? core::Reply{} : core::Reply{Status::Error, *probed.answer});
    return probed.waiting;
  }
  /// The errno that a probe returns; 0 for connected.
  int at_once(const Endpoint& remote, const std::optional<Endpoint>& local = {}) {
    const net::Prober::ProbeResult probed = network->probe(remote, local, clock.now() + 15s, inbox.next());
    EXPECT_TRUE(probed.answer) << "no answer at once";
    EXPECT_FALSE(probed.waiting || inbox.has_last()) << "an answer twice";
    EXPECT_EQ(deadlines.size(), 0u);
    return probed.answer.value_or(-1);
  }
  /// The errno for which a probe is not sent; 0 if it is.
  int lack_of(const Endpoint& remote, const std::optional<Endpoint>& local = {}) {
    const net::Prober::ProbeResult probed = network->probe(remote, local, clock.now() + 15s, inbox.next());
    EXPECT_FALSE(probed.waiting || probed.answer || inbox.has_last());
    return probed.lacking.value_or(0);
  }
  /// Returns the address of the client that has connected to the peer.
  Address caller() const {
    const int stream = ::accept4(peer->socket, nullptr, nullptr, SOCK_CLOEXEC);
    SocketAddress name;
    ::getpeername(stream, name.get(), &name.size());
    ::close(stream);
    return name.endpoint().value_or(Endpoint{}).address;
  }
  /// Returns an endpoint of this machine that has no listener.
  static Endpoint closed(const char* address = "127.0.0.1") {
    return {*Address::parse(address), Peer(SOCK_STREAM).at.port};
  }
};

TEST_F(Prober, OpenPortLeavesNoSocket) {
  const std::size_t at_first = descriptors();
  const ProbeId open = probe(peer->at);
  EXPECT_EQ(reply().status, Status::Ok);
  network->cancel_probe(open);
  EXPECT_EQ(descriptors(), at_first);
}

TEST_F(Prober, ImmediateRefusalsShareOneDescriptor) {
  const std::size_t at_first = descriptors();
  for (int each = 0; each < 50; ++each) {
    EXPECT_EQ(at_once(closed()), ECONNREFUSED);
    EXPECT_EQ(at_once(closed("127.0.0.2")), ECONNREFUSED);
    EXPECT_EQ(descriptors(), at_first + 1);
  }
  EXPECT_EQ(at_once(peer->at), 0);
  EXPECT_EQ(descriptors(), at_first);
  EXPECT_EQ(at_once(closed()), ECONNREFUSED);
  network.reset();
  EXPECT_EQ(descriptors(), at_first);
}

TEST_F(Prober, SocketIsReusedForSameSourceOnly) {
  const Endpoint second{*Address::parse("127.0.0.2"), 0};
  for (const auto& earlier : {std::optional<Endpoint>{}, std::optional(second)})
    for (const auto& later : {std::optional<Endpoint>{}, std::optional(second)}) {
      EXPECT_EQ(at_once(closed(), earlier), ECONNREFUSED);
      EXPECT_EQ(at_once(peer->at, later), 0);
      EXPECT_EQ(caller(), later ? second.address : peer->at.address);
    }
}

TEST_F(Prober, SourcePortIsNotHeldAfterRefusal) {
  const std::size_t at_first = descriptors();
  const Endpoint source = closed();
  EXPECT_EQ(at_once(closed(), source), ECONNREFUSED);
  EXPECT_EQ(descriptors(), at_first);
  EXPECT_EQ(at_once(peer->at, source), 0);
}

TEST_F(Prober, SelfConnectionIsRefused) {
  const std::size_t at_first = descriptors();
  const Endpoint own = closed();
  EXPECT_EQ(at_once(own, own), ECONNREFUSED);
  EXPECT_EQ(descriptors(), at_first);
}

TEST_F(Prober, SocketIsReusedForSameFamilyOnly) {
  const std::size_t at_first = descriptors();
  for (int each = 0; each < 2; ++each)
    for (const char* const address : {"127.0.0.1", "::1", "::ffff:127.0.0.1", "::1"}) {
      const int error = at_once(closed(address));
      if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT) GTEST_SKIP() << "no IPv6";
      EXPECT_EQ(error, ECONNREFUSED) << address;
      EXPECT_LE(descriptors(), at_first + 1);
    }
}

TEST_F(Prober, SilentPortTimesOutAtDeadline) {
  ASSERT_EQ(::listen(peer->socket, 0), 0);
  SocketId id;
  for (int each = 0; each < 10; ++each) {
    id = probe(peer->at, {}, 50ms);
    if (!inbox.has_last()) break;
    EXPECT_EQ(reply().status, Status::Ok);
  }
  ASSERT_FALSE(inbox.has_last()) << "a full listener answers";
  EXPECT_TRUE(network->is_open(id));
  EXPECT_EQ(reply().status, Status::Timeout);
  EXPECT_FALSE(network->info(id));
  EXPECT_EQ(at_once(closed()), ECONNREFUSED);
  network->cancel_probe(probe(peer->at));
  loop->poll();
  EXPECT_FALSE(inbox.has_last());
}

TEST_F(Sockets, ResolveGivesAddressesOfNamesAndNumbers) {
  network->resolve("localhost", Family::Inet, inbox.next());
  EXPECT_EQ(reply().addresses, std::vector{Address::v4(INADDR_LOOPBACK)});
  network->resolve("::1", {}, inbox.next());
  EXPECT_EQ(inbox.replies[inbox.last].addresses, std::vector{*Address::parse("::1")});
  network->resolve("::1", Family::Inet, inbox.next());
  EXPECT_EQ(reply().status, Status::Refused);
}

TEST_F(Sockets, DestructorDropsCompletionsAndDeadlines) {
  const SocketId socket = connected();
  network->receive(socket, {}, clock.now() + 5s, inbox.next());
  peer->say("x");
  peer->hang_up();
  network.reset();
  loop->poll();
  EXPECT_FALSE(inbox.replies.contains(inbox.last));
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST_F(Sockets, SelfConnectionIsRefused) {
  // A connect from a free port to the same port connects the socket to itself.
  peer->stop();
  network->connect({.remote = peer->at, .local = peer->at, .deadline = soon()}, inbox.next());
  EXPECT_EQ(reply().error, ECONNREFUSED);
}

TEST_F(Sockets, ForeignLocalAddressFailsConnectAtOnce) {
  const Endpoint foreign{*Address::parse("192.0.2.1"), 0};
  network->connect({.remote = peer->at, .local = foreign, .deadline = kNever}, inbox.next());
  ASSERT_TRUE(inbox.has_last());
  EXPECT_EQ(reply().error, EADDRNOTAVAIL);
}

TEST_F(Sockets, StaleSocketIdIsClosedAndReceiveFails) {
  const SocketId socket = connected();
  network->close(socket);
  network->close(socket);
  network->cancel(socket);
  EXPECT_FALSE(network->is_open(socket));
  EXPECT_FALSE(network->is_tls(socket));
  EXPECT_TRUE(network->peer_certificates(socket).empty());
  EXPECT_EQ(receive(socket).error, EBADF);
}

TEST_F(Sockets, ReceiveStopsAtByteLimit) {
  const SocketId socket = connected();
  peer->say(std::string(50000, 'x'));
  EXPECT_EQ(receive(socket, {ReceiveCondition::Kind::Lines, 1, 30000}).data.size(), 30000u);
  EXPECT_EQ(receive(socket, {ReceiveCondition::Kind::Bytes, 20000}).data.size(), 20000u);
}

/// Lowers the limit of descriptors so that this process can open no further one.
struct NoMoreDescriptors {
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    const int lowest = ::dup(0);
    ::close(lowest);
    none.rlim_cur = static_cast<rlim_t>(lowest);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before); }
  rlimit before;
};

// UBSan opens descriptors when it checks a type for the first time.
#ifdef __SANITIZE_ADDRESS__
#define SKIP_UNDER_SANITIZERS() GTEST_SKIP() << "the sanitizer would be out of descriptors, too"
#else
#define SKIP_UNDER_SANITIZERS()
#endif

TEST_F(Sockets, ConnectWithoutDescriptorsWaitsForClose) {
  SKIP_UNDER_SANITIZERS();
  std::vector<std::string> notices;
  network.reset();
  network.emplace(*loop, deadlines, clock,
                  NetworkOptions{.notice = [&](const std::string& text) { notices.push_back(text); }});
  const SocketId first = connected();
  const NoMoreDescriptors none;
  for (int each = 0; each < 3; ++each) connect();
  loop->poll();
  EXPECT_FALSE(inbox.has_last());
  network->close(first);
  inbox.last -= 2;
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_FALSE(inbox.replies.contains(inbox.last + 1));
  EXPECT_EQ(notices, std::vector<std::string>{"Too many open files: connections wait until descriptors, buffers or "
                                              "ports are free; raise ulimit -n, or lower --socket-slots"});
}

TEST_F(Sockets, ConnectWithoutDescriptorsTimesOutAtDeadline) {
  SKIP_UNDER_SANITIZERS();
  connected();
  const NoMoreDescriptors none;
  network->connect({.remote = peer->at, .deadline = clock.now() + 30ms}, inbox.next());
  EXPECT_EQ(reply().status, Status::Timeout);
  const SocketId socket = connect();
  network->close(socket);
  EXPECT_EQ(reply().status, Status::Cancelled);
}

TEST_F(Prober, KeptSocketIsUsedWithoutDescriptors) {
  SKIP_UNDER_SANITIZERS();
  EXPECT_EQ(at_once(closed()), ECONNREFUSED);
  const Endpoint nobody = closed();
  const NoMoreDescriptors none;
  EXPECT_EQ(at_once(nobody), ECONNREFUSED);
  connect();
  EXPECT_EQ(reply().status, Status::Ok);
}

TEST_F(Prober, TcpProbeIsNotSentWithoutDescriptors) {
  SKIP_UNDER_SANITIZERS();
  std::vector<std::string> notices;
  network.reset();
  network.emplace(*loop, deadlines, clock,
                  NetworkOptions{.notice = [&](const std::string& text) { notices.push_back(text); }});
  const SocketId first = connected();
  {
    const NoMoreDescriptors none;
    for (int each = 0; each < 3; ++each) EXPECT_EQ(lack_of(peer->at), EMFILE);
    network->close(first);
    probe(peer->at);
    EXPECT_EQ(reply().status, Status::Ok);
  }
  EXPECT_EQ(notices.size(), 1u);
}

TEST_F(Prober, UdpProbeIsNotSentWithoutDescriptors) {
  SKIP_UNDER_SANITIZERS();
  const Peer server(SOCK_DGRAM);
  const SocketId first = connected();
  const ConnectRequest request{
      .transport = Transport::Udp, .remote = server.at, .report_icmp_errors = true, .wait_for_resources = false};
  const NoMoreDescriptors none;
  const SocketId unsent = network->connect(request, inbox.next());
  ASSERT_TRUE(inbox.has_last());
  EXPECT_EQ(reply().status, Status::Lacking);
  EXPECT_EQ(reply().error, EMFILE);
  network->close(unsent);
  network->close(first);
  network->connect(request, inbox.next());
  EXPECT_EQ(reply().status, Status::Ok);
}

TEST_F(Prober, ProbeFromPortOfOtherConnectionIsNotSent) {
  const Endpoint local{Address::v4(INADDR_LOOPBACK), closed().port};
  const SocketId first = network->connect({.remote = peer->at, .local = local, .deadline = soon()}, inbox.next());
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_EQ(lack_of(peer->at, local), EADDRNOTAVAIL);
  EXPECT_EQ(lack_of(peer->at, Endpoint{Address::v4(INADDR_ANY), local.port}), EADDRNOTAVAIL);
  EXPECT_EQ(at_once(closed(), local), ECONNREFUSED) << "to another port it may go";
  network->close(first);
}

TEST_F(Prober, SourcePortMayBeReusedForSamePeer) {
  const Endpoint local{Address::v4(INADDR_LOOPBACK), closed().port};
  for (int each = 0; each < 3; ++each) EXPECT_EQ(at_once(peer->at, local), 0);
}

TEST_F(Prober, ProbeIsNotSentIfSourceCannotBeBound) {
  const Endpoint taken{peer->at.address, peer->at.port};  // the peer listens there
  EXPECT_EQ(lack_of(closed(), taken), EADDRINUSE);
  const Endpoint foreign{*Address::parse("192.0.2.77"), 0};
  EXPECT_EQ(lack_of(closed(), foreign), EADDRNOTAVAIL);
  network->connect({.transport = Transport::Udp,
                    .remote = closed(),
                    .local = foreign,
                    .report_icmp_errors = true,
                    .wait_for_resources = false},
                   inbox.next());
  EXPECT_EQ(reply().status, Status::Lacking);
}

/// Enters a new network namespace with loopback and one local port. Without the privilege, `entered` is false.
struct OnePortNamespace {
  static constexpr std::uint16_t kPort = 40001;
  OnePortNamespace() : before(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) {
    if (::unshare(CLONE_NEWNET) != 0) return;
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq loopback{};
    std::strcpy(loopback.ifr_name, "lo");
    loopback.ifr_flags = IFF_UP;
    entered = ::ioctl(socket, SIOCSIFFLAGS, &loopback) == 0;
    ::close(socket);
    std::ofstream range("/proc/sys/net/ipv4/ip_local_port_range");
    range << kPort << ' ' << kPort << std::flush;
    entered = entered && range.good();
  }
  ~OnePortNamespace() {
    EXPECT_EQ(::setns(before, CLONE_NEWNET), 0);
    ::close(before);
  }
  int before;
  bool entered = false;
};

TEST_F(Sockets, ConnectWaitsForFreeLocalPort) {
  const OnePortNamespace space;
  if (!space.entered) GTEST_SKIP() << "needs the right to make a network namespace";
  Peer inside(SOCK_STREAM, 50000);
  for (const auto& local : {std::optional<Endpoint>{}, std::optional(Endpoint{Address::v4(INADDR_LOOPBACK), 0})}) {
    const ConnectRequest request{.remote = inside.at, .local = local, .deadline = soon()};
    const SocketId first = network->connect(request, inbox.next());
    EXPECT_EQ(reply().status, Status::Ok);
    inside.accept();
    const SocketId second = network->connect(request, inbox.next());
    loop->poll();
    EXPECT_FALSE(inbox.has_last());
    // The server closes first and gets the state TIME_WAIT, so that the port of the client is free at once.
    inside.hang_up();
    network->close(first);
    EXPECT_EQ(reply().status, Status::Ok);
    inside.accept();
    inside.hang_up();
    network->close(second);
  }
}

TEST_F(Prober, KeptSocketHoldsNoLocalPort) {
  const OnePortNamespace space;
  if (!space.entered) GTEST_SKIP() << "needs the right to make a network namespace";
  const Peer inside(SOCK_STREAM, 50000);
  for (const auto& local : {std::optional<Endpoint>{}, std::optional(Endpoint{Address::v4(INADDR_LOOPBACK), 0})})
    for (const std::uint16_t port : {50001, 50002}) EXPECT_EQ(at_once({inside.at.address, port}, local), ECONNREFUSED);
  network->connect({.remote = inside.at, .deadline = kNever}, inbox.next());
  EXPECT_EQ(deadlines.size(), 0u) << "it waits for a port";
  EXPECT_EQ(reply().status, Status::Ok);
}

TEST_F(Prober, SelfConnectionByChosenPortIsRefused) {
  const OnePortNamespace space;
  if (!space.entered) GTEST_SKIP() << "needs the right to make a network namespace";
  EXPECT_EQ(at_once({peer->at.address, 50001}), ECONNREFUSED);
  EXPECT_EQ(at_once({peer->at.address, OnePortNamespace::kPort}), ECONNREFUSED);
}

#ifdef SLUICE_NO_TLS
TEST_F(Sockets, TlsIsRefusedWithoutOpenssl) {
  for (const Transport secure : {Transport::Tls, Transport::Dtls}) {
    const SocketId socket = connect(secure);
    EXPECT_EQ(reply().status, Status::Refused);
    EXPECT_EQ(reply().data, "sorry, you don't have OpenSSL");
    EXPECT_FALSE(network->is_open(socket));
  }
  const SocketId plain = connected();
  network->upgrade_tls(plain, "", soon(), inbox.next());
  EXPECT_EQ(reply().data, "sorry, you don't have OpenSSL");
}
#endif

TEST_F(EventLoop, WakeEndsWait) {
  loop->wake();
  loop->wait(kNever);
}

}  // namespace
}  // namespace sluice::net
