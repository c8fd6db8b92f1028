// SPDX-License-Identifier: Apache-2.0
#include "cli/open_hosts.hpp"

#include <gmock/gmock.h>

namespace sluice::cli {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct OpenHosts : testing::Test {
  template <class What>
  void tell(What what) {
    open.note({{}, std::move(what)});
  }
  static std::shared_ptr<HostReport> host(const char* address, const std::string& name = "") {
    auto report = std::make_shared<HostReport>();
    report->address = *Address::parse(address);
    report->target_name = name;
    report->ports.push_back({53, Protocol::Tcp, PortState::Open, Reason::SynAck, 0, "", nullptr});
    report->ports.push_back({53, Protocol::Udp, PortState::Open, Reason::UdpResponse, 0, "", nullptr});
    return report;
  }
  void result(const std::string& id, const HostReport& of, std::optional<Protocol> port = {}) {
    event::ScriptFinished script;
    script.id = id;
    script.place = {port ? "portrule" : "hostrule", of.address, of.target_name,
                    port ? std::optional<std::uint16_t>(53) : std::nullopt, port.value_or(Protocol::Tcp)};
    script.outcome = event::Outcome::Result;
    script.result = ScriptResult{id, "output of " + id, std::nullopt};
    tell(script);
  }
  cli::OpenHosts open;
};

TEST_F(OpenHosts, PopAllAddsScriptResultsToPortsAndHostSortedById) {
  const auto one = host("127.0.0.1");
  tell(event::HostScanned{one});
  result("z", *one, Protocol::Udp);
  result("a", *one, Protocol::Udp);
  result("h", *one);
  const auto reports = open.pop_all(WallTime{std::chrono::seconds(7)}, "crashed");
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].report->end, WallTime{std::chrono::seconds(7)});
  EXPECT_EQ(reports[0].report->incomplete, "crashed");
  ASSERT_THAT(reports[0].report->scripts, SizeIs(1));
  EXPECT_EQ(reports[0].report->scripts[0].id, "h");
  EXPECT_FALSE(reports[0].report->ports[0].detail);
  ASSERT_TRUE(reports[0].report->ports[1].detail);
  ASSERT_THAT(reports[0].report->ports[1].detail->scripts, SizeIs(2));
  EXPECT_EQ(reports[0].report->ports[1].detail->scripts[0].id, "a");
  EXPECT_FALSE(one->ports[1].detail) << "the report that was told does not change";
}

TEST_F(OpenHosts, WaitingHostIsReturnedUnchanged) {
  const auto one = host("127.0.0.1"), two = host("127.0.0.2");
  tell(event::HostScanned{one});
  tell(event::HostWaits{one});
  tell(event::HostWaits{two});
  tell(event::HostFinished{two, true});
  const auto reports = open.pop_all(WallTime{std::chrono::seconds(7)}, "crashed");
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].report, one);
  EXPECT_TRUE(reports[0].waited);
}

TEST_F(OpenHosts, OneAddressUnderTwoNamesIsTwoHosts) {
  const auto one = host("127.0.0.1", "one.example"), two = host("127.0.0.1", "two.example");
  tell(event::HostScanned{one});
  tell(event::HostScanned{two});
  result("h", *two);
  tell(event::HostFinished{one});
  const auto reports = open.pop_all({}, "");
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].report->target_name, "two.example");
  EXPECT_THAT(reports[0].report->scripts, SizeIs(1));
}

TEST_F(OpenHosts, FinishedHostIsRemoved) {
  const auto one = host("127.0.0.1");
  tell(event::HostScanned{one});
  tell(event::HostFinished{one});
  result("late", *one);
  EXPECT_THAT(open.pop_all({}, ""), IsEmpty());
}

TEST_F(OpenHosts, PopAllReturnsHostsOnceSortedByAddress) {
  tell(event::HostScanned{host("127.0.0.10")});
  tell(event::HostScanned{host("127.0.0.9")});
  const auto reports = open.pop_all({}, "");
  ASSERT_THAT(reports, SizeIs(2));
  EXPECT_EQ(reports[0].report->address.text(), "127.0.0.9");
  EXPECT_THAT(open.pop_all({}, ""), IsEmpty());
}

}  // namespace
}  // namespace sluice::cli
