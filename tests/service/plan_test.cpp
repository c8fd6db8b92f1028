// SPDX-License-Identifier: Apache-2.0
#include "service/plan.hpp"

#include <gtest/gtest.h>

namespace sluice::service {
namespace {

constexpr const char* kFile =
    "Probe UDP U1 q|a|\nrarity 1\nProbe TCP Rare q|b|\nrarity 9\nports 80\nProbe TCP NULL q||\nProbe TCP Common q|c|\n"
    "rarity 1\nsslports 443\nProbe TCP Five q|d|\nProbe TCP Listed q|e|\nrarity 8\nports 70-90\nsslports 80\n"
    "Probe UDP U8 q|f|\nrarity 8\nports 53\n";

std::vector<std::string> names(const PlanRequest& request) {
  const auto file = ProbeFile::parse(kFile, "db");
  std::vector<std::string> result;
  for (const Probe* probe : plan_probes(*file, request)) result.emplace_back(probe->name);
  return result;
}
using Names = std::vector<std::string>;

TEST(PlanProbes, ListedProbesFollowNullAndPrecedeOthers) {
  EXPECT_EQ(names({Protocol::Tcp, 80, 7, false}), (Names{"NULL", "Rare", "Listed", "Common", "Five"}));
  EXPECT_EQ(names({Protocol::Tcp, 1, 9, false}), (Names{"NULL", "Rare", "Common", "Five", "Listed"}));
}

TEST(PlanProbes, IntensityLimitsUnlistedProbesOnly) {
  EXPECT_EQ(names({Protocol::Tcp, 80, 0, false}), (Names{"NULL", "Rare", "Listed"}));
  EXPECT_EQ(names({Protocol::Tcp, 1, 4, false}), (Names{"NULL", "Common"}));
  EXPECT_EQ(names({Protocol::Tcp, 1, 5, false}), (Names{"NULL", "Common", "Five"}));
}

TEST(PlanProbes, TlsUsesSslPorts) {
  EXPECT_EQ(names({Protocol::Tcp, 80, 0, true}), (Names{"NULL", "Listed"}));
  EXPECT_EQ(names({Protocol::Tcp, 443, 0, true}), (Names{"NULL", "Common"}));
}

TEST(PlanProbes, UdpHasNoNullProbe) {
  EXPECT_EQ(names({Protocol::Udp, 53, 7, false}), (Names{"U8", "U1"}));
  EXPECT_EQ(names({Protocol::Udp, 80, 7, false}), Names{"U1"});
}

}  // namespace
}  // namespace sluice::service
