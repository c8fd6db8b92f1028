#include "engine/scan_plan.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace sluice::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ScanPlanTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/share/nmap/nmap-services"))
      GTEST_SKIP() << "needs nmap-services (Debian package nmap-common)";
    options.discovery = true;
    options.ports = "22";
  }
  Result<ScanPlan> plan() { return plan_scan(options, model::DataFiles({})); }

  Options options;
};

TEST_F(ScanPlanTest, DiscoveryAsksNoPortThatIsExcluded) {
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(80, 443));
  options.exclude_ports = "1-100";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(443));
  options.port_scan = false;
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(443));
  options.syn_pings = "22,443-444";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(443, 444));
}

TEST_F(ScanPlanTest, DiscoveryAsksThePortsThatAreNamedInsteadOfTheUsualOnes) {
  options.syn_pings = "443,22,80-81";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(22, 80, 81, 443));
  options.ack_pings = "ssh,8080";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(22, 80, 81, 443, 8080));
  EXPECT_THAT(plan()->udp_pings, IsEmpty());
  options.udp_pings = "53,161";
  EXPECT_THAT(plan()->udp_pings, ElementsAre(53, 161));
  EXPECT_THAT(plan()->payloads.of(53), Not(IsEmpty())) << "a name server answers questions alone";
}

TEST_F(ScanPlanTest, OptionsOfDiscoveryWithoutPortsMeanThoseOfNmap) {
  options.udp_pings = "";
  EXPECT_THAT(plan()->udp_pings, ElementsAre(40125));
  EXPECT_THAT(plan()->tcp_pings, IsEmpty()) << "nothing but what was asked for";
  options.ack_pings = "";
  EXPECT_THAT(plan()->tcp_pings, ElementsAre(80));
}

TEST_F(ScanPlanTest, PortsByWhichDiscoveryCannotAskAreRefused) {
  options.syn_pings = "22,U:53";
  EXPECT_EQ(plan().error().message, "-PS: only tcp ports can be asked, not all of '22,U:53'");
  options.syn_pings = "80-70";
  EXPECT_EQ(plan().error().message, "-PS: the port range 80-70 is backwards; did you mean 70-80?");
  options.syn_pings.reset();
  options.udp_pings = "T:53";
  EXPECT_EQ(plan().error().message, "-PU: only udp ports can be asked, not all of 'T:53'");
}

TEST_F(ScanPlanTest, DiscoveryWithoutAPortIsWarnedOf) {
  options.exclude_ports = "80,443";
  EXPECT_THAT(plan()->tcp_pings, IsEmpty());
  EXPECT_THAT(plan()->warnings, ElementsAre(HasSubstr("--exclude-ports leaves no port for host discovery")));
  options.discovery = false;
  EXPECT_THAT(plan()->warnings, IsEmpty());
}

TEST_F(ScanPlanTest, PortsThatCannotBeExcludedAreRefusedWithoutAScanToo) {
  options.exclude_ports = "70-60";
  options.port_scan = false;
  EXPECT_EQ(plan().error().message, "--exclude-ports: the port range 70-60 is backwards; did you mean 60-70?");
}

}  // namespace
}  // namespace sluice::engine
