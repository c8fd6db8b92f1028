// SPDX-License-Identifier: Apache-2.0
#include "output/ignored_ports.hpp"

#include <gtest/gtest.h>

#include "output/sample_report.hpp"

namespace sluice::output {
namespace {

HostReport closed_ports(int count) {
  std::vector<PortReport> list;
  add_ports(list, 1, count, PortState::Closed, Reason::ConnRefused);
  return up_host(std::move(list));
}
bool collapses(int count, const WriterOptions& options) { return !ignored_ports(closed_ports(count), options).empty(); }

TEST(IgnoredPorts, StateIsCollapsedAtTwentySixPorts) {
  EXPECT_FALSE(collapses(25, {}));
  EXPECT_TRUE(collapses(26, {}));
}
TEST(IgnoredPorts, VerbosityAndDebuggingRaiseTheLimit) {
  EXPECT_FALSE(collapses(50, {.verbosity = 1}));
  EXPECT_TRUE(collapses(51, {.verbosity = 1}));
  EXPECT_FALSE(collapses(550, {.verbosity = 1, .debugging = 1}));
  EXPECT_TRUE(collapses(551, {.verbosity = 1, .debugging = 1}));
}
TEST(IgnoredPorts, OpenPortsAreNeverCollapsed) {
  std::vector<PortReport> list;
  add_ports(list, 1, 1000, PortState::Open, Reason::SynAck);
  EXPECT_TRUE(ignored_ports(up_host(std::move(list)), {}).empty());
}
TEST(IgnoredPorts, OpenOnlyCollapsesClosedAndFilteredPorts) {
  const HostReport host = up_host(ports(
      open_port(1), port(2, PortState::Closed, Reason::ConnRefused), port(3, PortState::Filtered, Reason::NoResponse),
      port(4, PortState::OpenFiltered, Reason::NoResponse), port(5, PortState::Unfiltered, Reason::Reset)));
  const auto ignored = ignored_ports(host, {.open_only = true});
  ASSERT_EQ(ignored.size(), 2u);
  EXPECT_TRUE(is_ignored(ignored, PortState::Closed));
  EXPECT_TRUE(is_ignored(ignored, PortState::Filtered));
  EXPECT_FALSE(is_ignored(ignored, PortState::OpenFiltered));
}
TEST(IgnoredPorts, NoStateIsCollapsedAtDebuggingThree) {
  EXPECT_FALSE(collapses(9999, {.debugging = 3, .open_only = true}));
}
TEST(IgnoredPorts, OpenFilteredIsListedAboveVerbosityTwo) {
  std::vector<PortReport> list;
  add_ports(list, 1, 200, PortState::OpenFiltered, Reason::NoResponse, Protocol::Udp);
  const HostReport host = up_host(std::move(list));
  EXPECT_FALSE(ignored_ports(host, {.verbosity = 2}).empty());
  EXPECT_TRUE(ignored_ports(host, {.verbosity = 3}).empty());
}
TEST(IgnoredPorts, StatesAreOrderedByCountAndThenByState) {
  std::vector<PortReport> list;
  add_ports(list, 1, 30, PortState::Filtered, Reason::NoResponse);
  add_ports(list, 100, 30, PortState::Closed, Reason::ConnRefused);
  add_ports(list, 200, 40, PortState::OpenFiltered, Reason::NoResponse, Protocol::Udp);
  const auto ignored = ignored_ports(up_host(std::move(list)), {});
  ASSERT_EQ(ignored.size(), 3u);
  EXPECT_EQ(ignored[0].state, PortState::OpenFiltered);
  EXPECT_EQ(ignored[1].state, PortState::Closed);
  EXPECT_EQ(ignored[2].state, PortState::Filtered);
}
TEST(IgnoredPorts, PartsAreSplitByProtocolAndReasonWithTheLargestFirst) {
  std::vector<PortReport> list;
  add_ports(list, 10, 2, PortState::Filtered, Reason::HostUnreach);
  add_ports(list, 20, 30, PortState::Filtered, Reason::NoResponse);
  list.push_back(port(99, PortState::Filtered, Reason::HostUnreach));
  add_ports(list, 7, 5, PortState::Filtered, Reason::NoResponse, Protocol::Udp);
  const auto ignored = ignored_ports(up_host(std::move(list)), {});
  ASSERT_EQ(ignored.size(), 1u);
  EXPECT_EQ(ignored[0].count, 38u);
  ASSERT_EQ(ignored[0].parts.size(), 3u);
  EXPECT_EQ(ignored[0].parts[0].ports, "20-49");
  EXPECT_EQ(ignored[0].parts[1].ports, "7-11");
  EXPECT_EQ(ignored[0].parts[1].protocol, Protocol::Udp);
  EXPECT_EQ(ignored[0].parts[2].ports, "10-11,99");
}

TEST(IsReported, DownHostIsReportedWithVerbosityOnly) {
  const HostReport down;
  EXPECT_FALSE(is_reported(down, {}));
  EXPECT_TRUE(is_reported(down, {.verbosity = 1}));
  EXPECT_FALSE(is_reported(down, {.verbosity = 1, .open_only = true}));
}
TEST(IsReported, OpenOnlyOmitsScannedHostsWithoutOpenPort) {
  EXPECT_FALSE(is_reported(closed_ports(3), {.open_only = true}));
  EXPECT_TRUE(is_reported(up_host(ports(open_port(1))), {.open_only = true}));
  EXPECT_TRUE(is_reported(up_host(), {.open_only = true})) << "not port-scanned";
  HostReport timed_out = closed_ports(3);
  timed_out.timed_out = true;
  EXPECT_TRUE(is_reported(timed_out, {.open_only = true}));
}

}  // namespace
}  // namespace sluice::output
