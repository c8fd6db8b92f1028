// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <pcap/dlt.h>
#include <unistd.h>

#include <cerrno>

#include "native/pcap_tap.hpp"
#include "support/loopback.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using core::Status;

TEST(LinkHeaderSize, SizeDependsOnLinkType) {
  const std::string plain = std::string(12, 'm') + std::string("\x08\0", 2) + "ip";
  const std::string tagged = std::string(12, 'm') + std::string("\x81\0\0\1\x08\0", 6) + "ip";
  EXPECT_EQ(link_header_size(DLT_EN10MB, plain), 14u);
  EXPECT_EQ(link_header_size(DLT_EN10MB, tagged), 18u);
  EXPECT_EQ(link_header_size(DLT_LINUX_SLL, plain), 16u);
  EXPECT_EQ(link_header_size(DLT_RAW, plain), 0u);
  EXPECT_EQ(link_header_size(DLT_NULL, plain), 4u);
}

/// Uses the loopback interface. Skips the tests without the privilege for raw sockets.
struct RawSockets : LoopbackTest {
  void SetUp() override {
    auto raw = network->open_raw_ip(Family::Inet);
    if (!raw) GTEST_SKIP() << "raw sockets were NOT tested: " << raw.error().message;
    network->close(*raw);
  }
  SocketId capture(const std::string& filter, int snaplen = 65535) {
    auto opened = network->open_capture({"lo", snaplen, false, filter});
    EXPECT_TRUE(opened) << opened.error().message;
    return *opened;
  }
  /// Returns a loopback address that only this process uses, because concurrent tests share the interface.
  static Address own() { return Address::v4(0x7f800000u | (static_cast<std::uint32_t>(::getpid()) & 0x7fffffu)); }
  static std::string of_ours() { return "ip proto 253 and host " + own().text(); }
  /// Returns an IPv4 packet from own() to own() with protocol number 253, which is reserved for experiments (RFC 3692).
  static std::string packet(const std::string& payload) {
    const auto size = static_cast<char>(20 + payload.size());
    return std::string("\x45\0\0", 3) + size + std::string("\0\1\0\0\x40\xfd\0\0", 8) + own().bytes() + own().bytes() +
           payload;
  }
  core::Reply send_packet(SocketId socket, const std::string& bytes) {
    network->send_to(socket, {own(), 0}, bytes, inbox.next());
    return reply();
  }
};

TEST_F(RawSockets, CaptureReceivesSentPacketsInOrder) {
  const SocketId tap = capture(of_ours());
  const SocketId raw = *network->open_raw_ip(Family::Inet);
  for (const char* payload : {"one", "two", "three"}) EXPECT_EQ(send_packet(raw, packet(payload)).status, Status::Ok);
  for (const std::string payload : {"one", "two", "three"}) {
    const core::Reply got = receive(tap);
    ASSERT_EQ(got.status, Status::Ok);
    EXPECT_EQ(got.packet.link_header, 14u);
    EXPECT_EQ(got.packet.length, 14 + 20 + payload.size());
    EXPECT_EQ(got.data.substr(34), payload);
    EXPECT_GT(got.packet.time, std::chrono::hours(24 * 365 * 50));
  }
  EXPECT_EQ(receive(tap, {}, 20ms).status, Status::Timeout);
  network->close(tap);
  network->close(raw);
}

TEST_F(RawSockets, PendingCaptureReceiveCompletesWhenPacketArrives) {
  const SocketId tap = capture(of_ours(), 40);
  const SocketId raw = *network->open_raw_ip(Family::Inet);
  for (int round = 0; round < 3; ++round) {
    network->receive(tap, {}, soon(), inbox.next());
    const auto waiting = inbox.last;
    loop->poll();
    EXPECT_FALSE(inbox.replies.contains(waiting));
    EXPECT_EQ(send_packet(raw, packet(std::string(60, 'x'))).status, Status::Ok);
    EXPECT_TRUE(drive_until([&] { return inbox.replies.contains(waiting); }));
    EXPECT_EQ(inbox.replies[waiting].data.size(), 40u);
    EXPECT_EQ(inbox.replies[waiting].packet.length, 94u);
  }
  network->close(tap);
  network->close(raw);
}

TEST_F(RawSockets, CloseCompletesPendingCaptureReceiveAsCancelled) {
  const SocketId tap = capture(of_ours());
  network->receive(tap, {}, kNever, inbox.next());
  network->close(tap);
  EXPECT_EQ(reply().status, Status::Cancelled);
  EXPECT_FALSE(network->is_open(tap));
  capture("");  // closed by the destructor of the network
}

TEST_F(RawSockets, SendOnCaptureFails) {
  const SocketId tap = capture("");
  EXPECT_EQ(send(tap, "x").error, EOPNOTSUPP);
  network->close(tap);
}

TEST_F(RawSockets, SendOfTooLongPacketFails) {
  const SocketId raw = *network->open_raw_ip(Family::Inet);
  EXPECT_EQ(send_packet(raw, packet(std::string(70000, 'x'))).error, EMSGSIZE);
  network->close(raw);
}

TEST_F(RawSockets, OpenErrorNamesReason) {
  EXPECT_THAT(network->open_capture({"lo", 100, false, "foo bar"}).error().message, testing::HasSubstr("syntax error"));
  EXPECT_FALSE(network->open_capture({"nonesuch", 100}));
  EXPECT_THAT(network->open_ethernet("nonesuch").error().message, testing::HasSubstr("No such device"));
}

TEST_F(RawSockets, EthernetFrameIsSentOnInterface) {
  const SocketId tap = capture("ether proto 0x88b5");
  const SocketId frames = *network->open_ethernet("lo");
  const std::string frame = std::string(12, '\0') + "\x88\xb5" + "hello";
  EXPECT_EQ(send(frames, frame).status, Status::Ok);
  EXPECT_EQ(receive(tap).data, frame);
  network->close(frames);
  network->close(tap);
}

}  // namespace
}  // namespace sluice::net
