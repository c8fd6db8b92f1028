// SPDX-License-Identifier: Apache-2.0
#include "native/ping_packets.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace sluice::net {
namespace {

using namespace std::string_view_literals;

const Address kHost = *Address::parse("192.0.2.7"), kRouter = *Address::parse("192.0.2.1");
const Address kHost6 = *Address::parse("2001:db8::1:2:3"), kLinkLocal = *Address::parse("fe80::7");
constexpr std::string_view kMac = "\x02\x11\x22\x33\x44\x55"sv;

/// The header of an IPv4 packet to kHost, with `more` words of options.
std::string header4(char protocol, unsigned more = 0) {
  std::string header(20 + 4 * more, '\0');
  header[0] = static_cast<char>(0x45 + more);
  header[9] = protocol;
  return header.replace(16, 4, kHost.bytes());
}
std::string header6(char protocol) {
  std::string header(40, '\0');
  header[0] = 0x60;
  header[6] = protocol;
  return header.replace(24, 16, kHost6.bytes());
}
std::string error_about(std::string_view type_and_code, const std::string& packet) {
  return std::string(type_and_code).append(6, '\0') + packet;
}

TEST(IcmpRequest, EchoHasEightBytesAndChecksumOfRfc1071) {
  EXPECT_EQ(icmp_request(Ping::Echo, Family::Inet, 0x1234, 2), "\x08\0\xe5\xc9\x12\x34\0\x02"sv);
}

TEST(IcmpRequest, TimestampHasThreeZeroTimes) {
  const std::string packet = icmp_request(Ping::Timestamp, Family::Inet, 1, 0x102);
  EXPECT_EQ(packet, std::string("\x0d\0\xf1\xfc\0\1\1\2"sv) + std::string(12, '\0'));
}

TEST(IcmpRequest, ChecksumOfIcmpv6IsZero) {
  EXPECT_EQ(icmp_request(Ping::Echo, Family::Inet6, 0x1234, 2), "\x80\0\0\0\x12\x34\0\x02"sv);
}

TEST(ReadIcmp, EchoReplyGivesSenderWithoutScope) {
  EXPECT_EQ(read_icmp("\0\0zz\x12\x34\0\x02payload"sv, kHost), (PingAnswer{Ping::Echo, kHost, 0x1234, 2}));
  const Address scoped = Address::v6(kLinkLocal.raw(), 3);
  EXPECT_EQ(read_icmp("\x81\0zz\x12\x34\0\x02"sv, scoped), (PingAnswer{Ping::Echo, kLinkLocal, 0x1234, 2}));
}

TEST(ReadIcmp, TimestampReplyIsDistinguishedFromEchoReply) {
  const std::string packet = std::string("\x0e\0zz\0\1\0\2"sv) + std::string(12, 't');
  EXPECT_EQ(read_icmp(packet, kHost), (PingAnswer{Ping::Timestamp, kHost, 1, 2}));
}

TEST(ReadIcmp, RequestIsNoAnswer) {
  EXPECT_FALSE(read_icmp("\x08\0zz\0\1\0\2"sv, kHost));
  EXPECT_FALSE(read_icmp("\x80\0zz\0\1\0\2"sv, kHost6));
}

TEST(ReadIcmp, UnreachablePortOrProtocolAtTargetIsAnswer) {
  const std::string echo = icmp_request(Ping::Echo, Family::Inet, 5, 6);
  PingAnswer refused{Ping::Echo, kHost, 5, 6, core::Refusal::Port};
  EXPECT_EQ(read_icmp(error_about("\3\3", header4(1) + echo), kHost), refused);
  EXPECT_EQ(read_icmp(error_about("\3\3", header4(1, 2) + echo), kHost), refused) << "with options of IP";
  refused.refusal = core::Refusal::Protocol;
  EXPECT_EQ(read_icmp(error_about("\3\2", header4(1) + echo), kHost), refused);
  const std::string echo6 = icmp_request(Ping::Echo, Family::Inet6, 5, 6);
  EXPECT_EQ(read_icmp(error_about("\1\4", header6(58) + echo6), kHost6),
            (PingAnswer{Ping::Echo, kHost6, 5, 6, core::Refusal::Port}));
}

TEST(ReadIcmp, OtherErrorsAreNoAnswer) {
  const std::string echo = icmp_request(Ping::Echo, Family::Inet, 5, 6);
  EXPECT_FALSE(read_icmp(error_about("\3\3", header4(1) + echo), kRouter)) << "not by the target";
  EXPECT_FALSE(read_icmp(error_about("\3\3", header4(17) + echo), kHost)) << "about UDP";
  for (const std::string_view code : {"\3\0"sv, "\3\1"sv, "\3\x0a"sv, "\3\x0d"sv, "\x0b\0"sv})
    EXPECT_FALSE(read_icmp(error_about(code, header4(1) + echo), kHost)) << int{code[1]};
}

TEST(ReadIcmp, TruncatedMessageIsNoAnswer) {
  const std::string whole = error_about("\3\3", header4(1) + icmp_request(Ping::Echo, Family::Inet, 5, 6));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_icmp(std::string_view(whole).substr(0, size), kHost)) << size;
}

TEST(ReadIcmp, AdvertisementGivesTargetAndMac) {
  const std::string start = std::string("\x88\0zz\x60\0\0\0"sv) + kHost6.bytes();
  EXPECT_EQ(read_icmp(start + std::string("\2\1"sv).append(kMac), kLinkLocal),
            (PingAnswer{Ping::Neighbour, kHost6, 0, 0, core::Refusal::None, std::string(kMac)}));
  const std::string other(std::string("\x0e\1"sv) + "nonce.");
  EXPECT_EQ(read_icmp(start + other + std::string("\2\1"sv).append(kMac), kHost6)->mac, kMac);
  EXPECT_EQ(read_icmp(start, kHost6)->mac, "") << "an answer to a unicast may leave it out";
  EXPECT_FALSE(read_icmp(start + std::string("\2\0"sv).append(kMac), kHost6)) << "an option without a length";
  EXPECT_FALSE(read_icmp(std::string_view(start).substr(0, start.size() - 1), kHost6));
}

TEST(Arp, RequestContainsSenderAndTarget) {
  EXPECT_EQ(arp_request(kMac, kRouter, kHost), std::string("\0\1\x08\0\6\4\0\1"sv) + std::string(kMac) +
                                                   kRouter.bytes() + std::string(6, '\0') + kHost.bytes());
}

TEST(Arp, ReplyGivesMacOfSender) {
  std::string reply = arp_request(kMac, kHost, kRouter);
  EXPECT_FALSE(read_arp(reply)) << "a request is no reply";
  reply[7] = 2;
  EXPECT_EQ(read_arp(reply), (PingAnswer{Ping::Neighbour, kHost, 0, 0, core::Refusal::None, std::string(kMac)}));
  EXPECT_EQ(read_arp(reply + std::string(18, '\0')), read_arp(reply)) << "Ethernet fills short frames up";
  EXPECT_FALSE(read_arp(std::string_view(reply).substr(0, 17)));
}

TEST(NeighbourSolicitation, MessageContainsTargetAndSourceLinkAddress) {
  EXPECT_EQ(neighbour_solicitation(kMac, kHost6),
            std::string("\x87\0\0\0\0\0\0\0"sv) + kHost6.bytes() + std::string("\1\1"sv) + std::string(kMac));
}

TEST(SolicitedNodeGroup, GroupEndsWithLastThreeBytesOfTarget) {
  const Address group = solicited_node_group(*Address::parse("2001:db8::12:3456:789a"), 4);
  EXPECT_EQ(group.text(), "ff02::1:ff56:789a");
  EXPECT_EQ(group.scope(), 4u);
}

}  // namespace
}  // namespace sluice::net
