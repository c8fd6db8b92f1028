// SPDX-License-Identifier: Apache-2.0
#include "scan/port_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace sluice::scan {
namespace {

std::vector<std::uint16_t> range(std::uint16_t from, std::uint16_t count) {
  std::vector<std::uint16_t> ports(count);
  std::iota(ports.begin(), ports.end(), from);
  return ports;
}

TEST(PortOrder, SequentialOrderIsInputOrder) {
  std::mt19937_64 random(1);
  const std::vector<std::uint16_t> ports = {80, 22, 9000};
  EXPECT_EQ(port_order(ports, true, random), (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST(PortOrder, RandomOrderIsPermutationWithCommonPortsFirst) {
  std::mt19937_64 random(1);
  const auto ports = range(1, 1000);
  auto order = port_order(ports, false, random);
  for (const std::uint16_t common : {22, 80, 443}) {
    const auto place = std::find(order.begin(), order.end(), common - 1u) - order.begin();
    EXPECT_LT(place, 24);
  }
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::uint32_t index = 0; index < 1000; ++index) ASSERT_EQ(order[index], index);
}

TEST(PortOrder, SeedDeterminesOrder) {
  std::mt19937_64 one(1), again(1), other(2);
  const auto ports = range(5000, 100);
  const auto order = port_order(ports, false, one);
  EXPECT_EQ(order, port_order(ports, false, again));
  EXPECT_NE(order, port_order(ports, false, other));
}

TEST(PortOrder, EmptyInputGivesEmptyOrder) {
  std::mt19937_64 random(1);
  EXPECT_TRUE(port_order({}, false, random).empty());
}

}  // namespace
}  // namespace sluice::scan
