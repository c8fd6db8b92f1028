#include "engine/scan_plan.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace sluice::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
  EXPECT_THAT(plan()->pings, ElementsAre(80, 443));
  options.exclude_ports = "1-100";
  EXPECT_THAT(plan()->pings, ElementsAre(443));
  options.port_scan = false;
  EXPECT_THAT(plan()->pings, ElementsAre(443));
}

TEST_F(ScanPlanTest, DiscoveryWithoutAPortIsWarnedOf) {
  options.exclude_ports = "80,443";
  EXPECT_THAT(plan()->pings, IsEmpty());
  EXPECT_THAT(plan()->warnings, ElementsAre(HasSubstr("--exclude-ports leaves no port for host discovery")));
  options.discovery = false;
  EXPECT_THAT(plan()->warnings, IsEmpty());
}

TEST_F(ScanPlanTest, PortsThatCannotBeExcludedAreRefusedWithoutAScanToo) {
  options.exclude_ports = "70-60";
  options.port_scan = false;
  EXPECT_FALSE(plan());
}

}  // namespace
}  // namespace sluice::engine
