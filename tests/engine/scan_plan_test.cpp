// SPDX-License-Identifier: Apache-2.0
#include "engine/scan_plan.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace sluice::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class PlanScan : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/share/nmap/nmap-services"))
      GTEST_SKIP() << "needs nmap-services (Debian package nmap-common)";
    options.discovery = true;
    options.ports = "22";
  }
  Result<ScanPlan> plan() { return plan_scan(options, model::DataFiles({}), rights); }

  Options options;
  net::PingRights rights;
};

TEST_F(PlanScan, DiscoveryProbesNoExcludedPort) {
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(80, 443));
  options.exclude_ports = "1-100";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(443));
  options.port_scan = false;
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(443));
  options.syn_pings = "22,443-444";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(443, 444));
}

TEST_F(PlanScan, NamedDiscoveryPortsReplaceDefaults) {
  options.syn_pings = "443,22,80-81";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(22, 80, 81, 443));
  options.ack_pings = "ssh,8080";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(22, 80, 81, 443, 8080));
  EXPECT_THAT(plan()->udp_pings, IsEmpty());
  options.udp_pings = "53,161";
  EXPECT_THAT(plan()->udp_pings, ElementsAre(53, 161));
  EXPECT_THAT(plan()->payloads.of(53), Not(IsEmpty())) << "a name server answers questions alone";
}

TEST_F(PlanScan, DiscoveryOptionWithoutPortsUsesDefaultOfNmap) {
  options.udp_pings = "";
  EXPECT_THAT(plan()->udp_pings, ElementsAre(40125));
  EXPECT_THAT(plan()->tcp_pings, IsEmpty()) << "nothing but what was asked for";
  options.ack_pings = "";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(80));
}

TEST_F(PlanScan, DiscoveryPortsOfOtherProtocolAreRefused) {
  options.syn_pings = "22,U:53";
  EXPECT_EQ(plan().error().message, "-PS 22,U:53: names other ports than tcp");
  options.syn_pings = "80-70";
  EXPECT_EQ(plan().error().message, "-PS: the port range 80-70 is backwards; did you mean 70-80?");
  options.syn_pings.reset();
  options.udp_pings = "T:53";
  EXPECT_EQ(plan().error().message, "-PU T:53: names other ports than udp");
}

TEST_F(PlanScan, DiscoveryWithoutPortCausesWarning) {
  options.exclude_ports = "80,443";
  EXPECT_THAT(plan()->tcp_pings, IsEmpty());
  EXPECT_THAT(plan()->warnings, ElementsAre(HasSubstr("--exclude-ports: leaves no port for host discovery")));
  options.discovery = false;
  EXPECT_THAT(plan()->warnings, IsEmpty());
}

constexpr net::PingRights kAll{true, true, true}, kEchoAlone{true, false, false}, kAllOfIpv6{true, false, true};

TEST_F(PlanScan, DefaultPingsDependOnRightsAndFamily) {
  EXPECT_THAT(plan()->pings, IsEmpty());
  EXPECT_FALSE(plan()->asks_neighbours || plan()->knows_own);
  rights = kEchoAlone;
  EXPECT_THAT(plan()->pings, IsEmpty()) << "an ordinary user's ping sockets are for -PE";
  rights = kAll;
  EXPECT_THAT(plan()->pings, ElementsAre(net::Ping::Echo, net::Ping::Timestamp));
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(80, 443));
  EXPECT_TRUE(plan()->asks_neighbours && plan()->knows_own);
  options.family = Family::Inet6;
  rights = kAllOfIpv6;
  EXPECT_THAT(plan()->pings, ElementsAre(net::Ping::Echo));
}

TEST_F(PlanScan, NamedPingsReplaceDefaultPings) {
  rights = kAll;
  options.echo_pings = true;
  EXPECT_THAT(plan()->pings, ElementsAre(net::Ping::Echo));
  EXPECT_THAT(plan()->tcp_pings, IsEmpty());
  EXPECT_THAT(plan()->warnings, IsEmpty());
  EXPECT_TRUE(plan()->asks_neighbours) << "ARP comes before what is named";
  options.syn_pings = "22";
  options.timestamp_pings = true;
  EXPECT_THAT(plan()->pings, ElementsAre(net::Ping::Echo, net::Ping::Timestamp));
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(22));
  options.echo_pings = options.timestamp_pings = false;
  EXPECT_THAT(plan()->pings, IsEmpty());
}

TEST_F(PlanScan, ArpOptionKeepsDefaultPings) {
  rights = kAll;
  options.arp_pings_asked = true;
  EXPECT_THAT(plan()->pings, ElementsAre(net::Ping::Echo, net::Ping::Timestamp));
  options.arp_pings = false;
  EXPECT_FALSE(plan()->asks_neighbours) << "--disable-arp-ping wins over -PR";
  EXPECT_TRUE(plan()->knows_own);
}

TEST_F(PlanScan, ForbiddenPingsAreReplacedByTcpWithWarning) {
  options.echo_pings = true;
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(80));
  EXPECT_THAT(plan()->warnings, ElementsAre(HasSubstr("net.ipv4.ping_group_range")));
  options.ack_pings = "443";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(443));
  rights = kEchoAlone;
  EXPECT_THAT(plan()->pings, ElementsAre(net::Ping::Echo));
  EXPECT_THAT(plan()->warnings, IsEmpty());
  options.timestamp_pings = options.arp_pings_asked = true;
  EXPECT_THAT(plan()->pings, ElementsAre(net::Ping::Echo));
  EXPECT_THAT(plan()->warnings, ElementsAre(HasSubstr("-PP: "), HasSubstr("-PR: ")));
  options.discovery = false;
  EXPECT_THAT(plan()->warnings, IsEmpty()) << "-Pn needs none of them";
}

TEST_F(PlanScan, MissingPrivilegeCausesWarning) {
  options.privileged = true;
  EXPECT_THAT(plan()->warnings, ElementsAre(HasSubstr("--privileged: ")));
  rights = kAll;
  EXPECT_THAT(plan()->warnings, IsEmpty());
}

TEST_F(PlanScan, TimestampPingsOverIpv6AreRefused) {
  options.timestamp_pings = true;
  options.family = Family::Inet6;
  EXPECT_THAT(plan().error().message, HasSubstr("-PP: "));
}

TEST_F(PlanScan, PingsAreOmittedIfProxiedUnlessNamed) {
  rights = kAll;
  options.proxied = true;
  EXPECT_THAT(plan()->pings, IsEmpty());
  EXPECT_FALSE(plan()->asks_neighbours || plan()->knows_own);
  options.echo_pings = options.arp_pings_asked = true;
  EXPECT_THAT(plan()->pings, ElementsAre(net::Ping::Echo));
  EXPECT_TRUE(plan()->asks_neighbours);
  EXPECT_FALSE(plan()->knows_own);
}

TEST_F(PlanScan, InvalidExcludePortsAreRefusedWithoutPortScan) {
  options.exclude_ports = "70-60";
  options.port_scan = false;
  EXPECT_EQ(plan().error().message, "--exclude-ports: the port range 70-60 is backwards; did you mean 60-70?");
}

}  // namespace
}  // namespace sluice::engine
