// SPDX-License-Identifier: Apache-2.0
#include "model/target_part.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sluice::model {
namespace {

std::uint64_t hash_of(const char* address) { return part_hash(*Address::parse(address)); }

// These values never change: machines with different versions share one scan. docs/options.md lists some of them.

TEST(PartHash, AddressesHaveFixedHashes) {
  EXPECT_EQ(hash_of("0.0.0.0"), 0x4d33a93727192487u);
  EXPECT_EQ(hash_of("192.0.2.1"), 0x803931826a2288eau);
  EXPECT_EQ(hash_of("192.0.2.2"), 0x5fb7fd08030af7dbu);
  EXPECT_EQ(hash_of("255.255.255.255"), 0x5dbeb358e39c496du);
  EXPECT_EQ(hash_of("::1"), 0xb55b74000d560088u);
  EXPECT_EQ(hash_of("2001:db8::1"), 0x8dec2b2d0b0e530fu);
}

TEST(PartHash, ScopeDoesNotCount) {
  const Address address = *Address::parse("fe80::1");
  EXPECT_EQ(part_hash(address), 0x2f86ee82d42657f7u);
  EXPECT_EQ(part_hash(Address::v6(address.raw(), 3)), part_hash(address));
}

TEST(PartHash, NamesHaveFixedHashesInAnyCase) {
  EXPECT_EQ(part_hash("host.example"), 0xb0657286d81f4203u);
  EXPECT_EQ(part_hash("HOST.Example"), 0xb0657286d81f4203u);
  EXPECT_EQ(part_hash("xn--bcher-kva.example"), 0x2f35c3df810f623bu);
}

TEST(IsInPart, PartFollowsFromRemainder) {
  EXPECT_TRUE(is_in_part(hash_of("192.0.2.1"), {3, 8}));
  EXPECT_TRUE(is_in_part(hash_of("192.0.2.2"), {4, 8}));
  EXPECT_TRUE(is_in_part(hash_of("2001:db8::1"), {8, 8}));
  EXPECT_TRUE(is_in_part(part_hash("host.example"), {4, 8}));
  EXPECT_FALSE(is_in_part(part_hash("host.example"), {5, 8}));
  EXPECT_TRUE(is_in_part(hash_of("192.0.2.1"), {875, 1000}));
  EXPECT_TRUE(is_in_part(hash_of("192.0.2.1"), {1, 1}));
}

TEST(IsInPart, NeighbouringAddressesAreDividedEvenly) {
  std::array<unsigned, 8> sizes{};
  for (std::uint32_t i = 0; i < 65536; ++i) ++sizes[part_hash(Address::v4(0x0a000000u + i)) % sizes.size()];
  for (const unsigned size : sizes) {
    EXPECT_GT(size, 7900u);
    EXPECT_LT(size, 8500u);
  }
}

}  // namespace
}  // namespace sluice::model
