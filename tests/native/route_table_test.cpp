// SPDX-License-Identifier: Apache-2.0
#include "native/route_table.hpp"

#include <gtest/gtest.h>

#include <bit>

namespace sluice::net {
namespace {

/// Returns one line per route: "DESTINATION/PREFIX DEVICE METRIC GATEWAY".
std::string show(const std::vector<RouteEntry>& routes) {
  std::string text;
  for (const RouteEntry& route : routes)
    text += route.destination.text() + "/" + std::to_string(route.prefix) + " " + route.device + " " +
            std::to_string(route.metric) + " " + (route.gateway ? route.gateway->text() : "-") + "\n";
  return text;
}

constexpr const char* kHeader = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

TEST(RouteTable, RoutesAreOrderedByPrefixLengthThenMetric) {
  if constexpr (std::endian::native != std::endian::little)
    GTEST_SKIP() << "the table has numbers as they lie in memory";
  const std::string table = std::string(kHeader) +
                            "d0\t00000000\tFE00010A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                            "d0\t0000090A\t0900010A\t0003\t0\t0\t7\t0000FFFF\t0\t0\t0\n"
                            "d0\t0000090A\t0800010A\t0003\t0\t0\t3\t0000FFFF\t0\t0\t0\n"
                            "tun7\t0200050A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n";
  EXPECT_EQ(show(read_routes(table, "")),
            "10.5.0.2/32 tun7 0 -\n10.9.0.0/16 d0 3 10.1.0.8\n10.9.0.0/16 d0 7 10.1.0.9\n0.0.0.0/0 d0 0 10.1.0.254\n");
}

TEST(RouteTable, Ipv6RoutesFollowIpv4Routes) {
  const std::string zeros(32, '0');
  const std::string table = "fd020000000000000000000000000000 30 " + zeros +
                            " 00 fd010000000000000000000000000009 00000400 00000001 00000000 00000003       d0\n" +
                            "00000000000000000000000000000001 80 " + zeros + " 00 " + zeros +
                            " 00000000 00000002 00000000 80200001       lo\n";
  EXPECT_EQ(
      show(read_routes(std::string(kHeader) + "lo\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n", table)),
      "0.0.0.0/0 lo 0 -\n::1/128 lo 0 -\nfd02::/48 d0 1024 fd01::9\n");
}

TEST(RouteTable, RejectRoutesAndInvalidLinesAreOmitted) {
  const std::string zeros(32, '0');
  EXPECT_EQ(
      show(read_routes(std::string(kHeader) + "*\t00004D0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\nd0\tx\n\n",
                       "fd03" + zeros.substr(4) + " 30 " + zeros + " 00 " + zeros +
                           " 00000400 00000004 00000000 00200201       lo\nfd03 30\n")),
      "");
}

}  // namespace
}  // namespace sluice::net
