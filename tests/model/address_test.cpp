// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <net/if.h>

#include <sluice/address.hpp>
#include <string>
#include <unordered_set>

namespace sluice {
namespace {

TEST(Address, ParseAndTextHandleBothFamilies) {
  EXPECT_EQ(Address::parse("127.0.0.1")->text(), "127.0.0.1");
  EXPECT_EQ(Address::parse("::1")->text(), "::1");
  EXPECT_EQ(Address::parse("2001:DB8:0:0:0:0:0:1")->text(), "2001:db8::1");
  EXPECT_TRUE(Address::parse("127.0.0.1")->is_v4());
  EXPECT_EQ(Address::parse("::1")->family(), Family::Inet6);
}

TEST(Address, ParseRefusesInvalidText) {
  for (const char* text : {"", "localhost", "127.0.0", "127.0.0.256", "127.0.0.1 ", " ::1", "[::1]", "127.0.0.1%lo",
                           "::1%", "fe80::1%no-such-interface", "fe80::1%0", "1.2.3.4/8"})
    EXPECT_FALSE(Address::parse(text)) << text;
  EXPECT_FALSE(Address::parse(std::string_view("127.0.0.1\0", 10)));
}

TEST(Address, ParseKeepsScopeOfLinkLocalAddress) {
  const auto loopback = if_nametoindex("lo");
  const auto address = Address::parse("fe80::1%lo");
  if (loopback == 0) GTEST_SKIP() << "no interface lo";
  ASSERT_TRUE(address);
  EXPECT_EQ(address->scope(), loopback);
  EXPECT_EQ(address->text(), "fe80::1");
  EXPECT_EQ(address->text_with_scope(), "fe80::1%lo");
  EXPECT_EQ(Address::parse("fe80::1%" + std::to_string(loopback)), address);
  EXPECT_NE(Address::parse("fe80::1"), address);
  EXPECT_EQ(Address::parse("fe80::1%4000000")->text_with_scope(), "fe80::1%4000000");
}

TEST(Address, NumbersAndBytesConvertInBothDirections) {
  EXPECT_EQ(Address::v4(0x7f000001).text(), "127.0.0.1");
  EXPECT_EQ(Address::v4(0xffffffff).text(), "255.255.255.255");
  EXPECT_EQ(Address::v4(0x000a6400).text(), "0.10.100.0");
  EXPECT_EQ(Address::parse("1.2.3.4")->v4_value(), 0x01020304u);
  EXPECT_EQ(Address::parse("1.2.3.4")->bytes(), "\x01\x02\x03\x04");
  const Address six = *Address::parse("2001:db8::ff");
  EXPECT_EQ(six.bytes().size(), 16u);
  EXPECT_EQ(Address::from_bytes(six.bytes()), six);
  EXPECT_EQ(Address::from_bytes("\x01\x02\x03\x04"), Address::v4(0x01020304));
  EXPECT_FALSE(Address::from_bytes("12345"));
  EXPECT_EQ(Address::any(Family::Inet).text(), "0.0.0.0");
  EXPECT_EQ(Address::any(Family::Inet6).text(), "::");
}

TEST(Address, IsLoopbackIsTrueForLoopbackAddressesOnly) {
  EXPECT_TRUE(Address::parse("127.200.0.1")->is_loopback());
  EXPECT_TRUE(Address::parse("::1")->is_loopback());
  EXPECT_FALSE(Address::parse("128.0.0.1")->is_loopback());
  EXPECT_FALSE(Address::parse("::2")->is_loopback());
}

TEST(Address, HashAndOrderDistinguishFamilies) {
  const Address four = Address::any(Family::Inet), six = Address::any(Family::Inet6);
  EXPECT_LT(four, six);
  EXPECT_LT(*Address::parse("127.0.0.2"), *Address::parse("127.0.0.10"));
  std::unordered_set<Address> set{four, six, four};
  EXPECT_EQ(set.size(), 2u);
}

}  // namespace
}  // namespace sluice
