// SPDX-License-Identifier: Apache-2.0
#include "native/interfaces.hpp"

#include <net/if.h>  // precedes the headers of the kernel, which then do not define the same names

#include <gmock/gmock.h>
#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "native/netlink.hpp"
#include "native/privilege.hpp"

namespace sluice::net {
namespace {

using ::testing::Eq;

netlink::Request link(int index, const char* name, unsigned flags, std::uint16_t type) {
  ifinfomsg body{};
  body.ifi_index = index;
  body.ifi_flags = flags;
  body.ifi_type = type;
  netlink::Request message(RTM_NEWLINK, 0, body);
  message.attribute(IFLA_IFNAME, std::string_view(name, std::strlen(name) + 1));
  message.attribute(IFLA_MTU, 1400);
  message.attribute(IFLA_ADDRESS, std::string_view("\2\0\0\0\0\1", 6));
  return message;
}

std::string address(int index, const char* text, std::uint8_t prefix, const char* peer = nullptr) {
  const Address local = *Address::parse(text);
  ifaddrmsg body{};
  body.ifa_family = AF_INET;
  body.ifa_index = static_cast<unsigned>(index);
  body.ifa_prefixlen = prefix;
  netlink::Request message(RTM_NEWADDR, 0, body);
  message.attribute(IFA_ADDRESS, peer ? Address::parse(peer)->bytes() : local.bytes());
  message.attribute(IFA_LOCAL, local.bytes());
  return message.bytes();
}

TEST(Interfaces, EachAddressHasEntryAndEachInterfaceHasAtLeastOne) {
  const std::string links = link(3, "eth0", IFF_UP | IFF_BROADCAST, ARPHRD_ETHER).bytes() +
                            link(1, "lo", IFF_UP | IFF_LOOPBACK, ARPHRD_LOOPBACK).bytes() +
                            link(4, "ifb0", IFF_NOARP, ARPHRD_ETHER).bytes();
  const std::string table6 =
      "20010db8000000000000000000000001 03 40 00 80     eth0\n"
      "20010db8000000000000000000000002 09 40 00 80     gone\n"
      "20010db8 what\n";
  const auto all = read_interfaces(
      links, address(1, "127.0.0.1", 8) + address(3, "192.0.2.9", 25) + address(9, "192.0.2.77", 24), table6);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].device, "lo");
  EXPECT_EQ(all[0].link, Link::Loopback);
  EXPECT_EQ(all[0].mac, "");
  EXPECT_FALSE(all[0].broadcast);
  EXPECT_EQ(all[1].device, "eth0");
  EXPECT_EQ(all[1].link, Link::Ethernet);
  EXPECT_EQ(all[1].mac, std::string("\2\0\0\0\0\1", 6));
  EXPECT_EQ(all[1].mtu, 1400u);
  EXPECT_EQ(all[1].prefix, 25u);
  EXPECT_TRUE(all[1].up);
  EXPECT_THAT(all[1].broadcast, Eq(Address::parse("192.0.2.127")));
  EXPECT_THAT(all[2].address, Eq(Address::parse("2001:db8::1")));
  EXPECT_EQ(all[2].prefix, 64u);
  EXPECT_FALSE(all[2].broadcast);
  EXPECT_EQ(all[3].device, "ifb0");
  EXPECT_EQ(all[3].link, Link::Other);
  EXPECT_FALSE(all[3].address);
  EXPECT_FALSE(all[3].up);
}

TEST(Interfaces, InterfaceWithoutIpv4StartsWithEntryWithoutAddress) {
  const auto all = read_interfaces(link(2, "eth0", IFF_UP, ARPHRD_ETHER).bytes(), {},
                                   "fe800000000000000000000000000001 02 40 20 80 eth0\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_FALSE(all[0].address);
  EXPECT_THAT(all[1].address, Eq(Address::parse("fe80::1")));
}

TEST(Interfaces, LocalEndIsAddressOfPointToPointLink) {
  const auto all = read_interfaces(link(2, "tun0", IFF_POINTOPOINT, ARPHRD_NONE).bytes(),
                                   address(2, "192.0.2.1", 32, "192.0.2.2"), "");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].link, Link::PointToPoint);
  EXPECT_THAT(all[0].address, Eq(Address::parse("192.0.2.1")));
}

TEST(Interfaces, TruncatedAnswerGivesCompleteInterfaces) {
  const std::string links = link(1, "a", 0, 0).bytes() + link(2, "b", 0, 0).bytes();
  for (std::size_t size = 0; size <= links.size(); ++size) {
    const auto all = read_interfaces(links.substr(0, size), {}, "");
    EXPECT_EQ(all.size(), size * 2 / links.size()) << size;
  }
}

TEST(Interfaces, BroadcastAddressHasAllHostBitsSet) {
  const Address host = *Address::parse("10.1.2.3");
  EXPECT_EQ(broadcast_of(host, 24).text(), "10.1.2.255");
  EXPECT_EQ(broadcast_of(host, 32).text(), "10.1.2.3");
  EXPECT_EQ(broadcast_of(host, 0).text(), "255.255.255.255");
}

TEST(Interfaces, LoopbackAndRouteToLoopbackAreFound) {
  const auto all = list_interfaces();
  const auto loopback = std::find_if(all.begin(), all.end(), [](const Interface& each) {
    return each.link == Link::Loopback && each.address == Address::parse("127.0.0.1");
  });
  ASSERT_NE(loopback, all.end());
  EXPECT_EQ(loopback->prefix, 8u);
  const auto route = find_route(*Address::parse("127.0.0.1"), "");
  ASSERT_TRUE(route);
  EXPECT_EQ(route->device, loopback->device);
  EXPECT_EQ(route->mtu, loopback->mtu);
  EXPECT_THAT(route->source, Eq(Address::parse("127.0.0.1")));
  EXPECT_FALSE(route->next_hop);
  EXPECT_EQ(route->mac, "");
}

TEST(IsPrivileged, CommandLinePrecedesEnvironmentAndEnvironmentPrecedesUserId) {
  ::unsetenv("NMAP_PRIVILEGED");
  ::setenv("NMAP_UNPRIVILEGED", "", 1);
  EXPECT_FALSE(is_privileged(std::nullopt, true));
  EXPECT_TRUE(is_privileged(true, true));
  ::setenv("NMAP_PRIVILEGED", "", 1);
  EXPECT_TRUE(is_privileged(std::nullopt, true));
  EXPECT_FALSE(is_privileged(false, true));
  ::unsetenv("NMAP_PRIVILEGED");
  ::unsetenv("NMAP_UNPRIVILEGED");
  if (::geteuid() == 0) {
    EXPECT_TRUE(is_privileged(std::nullopt, true));
  }
}

}  // namespace
}  // namespace sluice::net
