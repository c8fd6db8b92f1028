// SPDX-License-Identifier: Apache-2.0
#include "native/system_pinger.hpp"

#include <cerrno>

#include "support/loopback.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using core::Status;

/// Uses the loopback interface. Skips the tests if the system allows no raw sockets.
struct SystemPinger : LoopbackTest {
  void SetUp() override {
    if (!find_ping_rights(Family::Inet, true).neighbour) GTEST_SKIP() << "pings were NOT tested: no raw sockets";
    pinger.emplace(*loop, deadlines, PingerOptions{});
  }
  void TearDown() override {
    pinger.reset();
    LoopbackTest::TearDown();
  }
  PingId ping(Ping kind, const Address& target, Duration limit = 15s) {
    const Pinger::Sent sent = pinger->send({kind, target, {}, &lo, clock.now() + limit}, inbox.next());
    EXPECT_TRUE(sent.waiting) << sent.failed.value_or(0) << ' ' << sent.lacking.value_or(0);
    return sent.waiting;
  }
  /// The route for ARP requests: the loopback interface, on which they get no answer.
  Route lo{"lo", 65536, Address::v4(INADDR_LOOPBACK), std::nullopt, std::string(6, '\0')};
  const Address own = *Address::parse("127.0.0.1"), own6 = *Address::parse("::1");
  std::optional<net::SystemPinger> pinger;
};

TEST_F(SystemPinger, EchoReplyHasTimeToLive) {
  for (const Address& target : {own, own6}) {
    if (!network->route(target)) continue;  // no IPv6 here
    ping(Ping::Echo, target);
    EXPECT_EQ(reply().status, Status::Ok) << target.text();
    EXPECT_EQ(reply().ttl, 64);
  }
}

TEST_F(SystemPinger, TimestampRequestIsAnswered) {
  ping(Ping::Timestamp, own);
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_EQ(reply().ttl, 64);
}

TEST_F(SystemPinger, ManyPingsShareOneDescriptor) {
  const std::size_t opened = descriptors();
  for (unsigned n = 1; n <= 200; ++n) ping(n % 2 ? Ping::Echo : Ping::Timestamp, Address::v4(0x7f000000u + n));
  EXPECT_EQ(descriptors(), opened + 1);
  EXPECT_TRUE(drive_until([&] { return inbox.replies.size() == 200; }));
  for (const auto& [number, reply] : inbox.replies) EXPECT_EQ(reply.status, Status::Ok) << number;
}

TEST_F(SystemPinger, SilentNeighbourTimesOut) {
  ping(Ping::Neighbour, *Address::parse("127.0.0.9"), 20ms);
  EXPECT_EQ(reply().status, Status::Timeout);
}

TEST_F(SystemPinger, CancelledPingNeverCompletes) {
  const PingId cancelled = ping(Ping::Echo, own);
  const std::uint32_t number = inbox.last;
  pinger->cancel(cancelled);
  pinger->cancel(cancelled);
  ping(Ping::Echo, own);
  EXPECT_EQ(reply().status, Status::Ok);
  EXPECT_FALSE(inbox.replies.contains(number));
}

TEST_F(SystemPinger, AnswerCompletesPingOfOwnPingerOnly) {
  net::SystemPinger other(*loop, deadlines, {});
  EXPECT_TRUE(other.send({Ping::Echo, own, {}, nullptr, clock.now() + 15s}, inbox.next()).waiting);
  const std::uint32_t first = inbox.last;
  const PingId kept = ping(Ping::Neighbour, *Address::parse("127.0.0.9"));
  EXPECT_TRUE(drive_until([&] { return inbox.replies.contains(first); }));
  EXPECT_FALSE(inbox.has_last());
  pinger->cancel(kept);
}

TEST_F(SystemPinger, ForeignSourceAddressFails) {
  const Pinger::Sent sent =
      pinger->send({Ping::Echo, own, Address::parse("192.0.2.99"), nullptr, kNever}, inbox.next());
  EXPECT_TRUE(sent.failed);
  EXPECT_FALSE(sent.waiting);
}

TEST_F(SystemPinger, DestructorDropsCompletions) {
  ping(Ping::Neighbour, *Address::parse("127.0.0.9"));
  pinger.reset();
  loop->poll();
  EXPECT_TRUE(inbox.replies.empty());
}

struct UnprivilegedPinger : LoopbackTest {};

TEST_F(UnprivilegedPinger, EchoSucceedsOnlyIfSystemAllowsPingSockets) {
  net::SystemPinger pinger(*loop, deadlines, {.raw = false});
  const Address own = *Address::parse("127.0.0.1");
  const Pinger::Sent sent = pinger.send({Ping::Echo, own, {}, nullptr, soon()}, inbox.next());
  const PingRights rights = find_ping_rights(Family::Inet, false);
  EXPECT_FALSE(rights.timestamp);
  EXPECT_FALSE(rights.neighbour);
  if (rights.echo) {
    EXPECT_EQ(reply().status, Status::Ok);
    EXPECT_EQ(reply().ttl, 64);
    EXPECT_EQ(pinger.send({Ping::Timestamp, own, {}, nullptr, soon()}, inbox.next()).failed, EPERM);
  } else {
    EXPECT_EQ(sent.failed, EACCES) << "net.ipv4.ping_group_range";
  }
}

}  // namespace
}  // namespace sluice::net
