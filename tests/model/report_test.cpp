// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sluice/report.hpp>

namespace sluice {
namespace {

TEST(Report, ProtocolAndStateNamesRoundTrip) {
  for (auto protocol : {Protocol::Tcp, Protocol::Udp, Protocol::Sctp})
    EXPECT_EQ(parse_protocol(to_text(protocol)), protocol);
  for (auto state : {PortState::Open, PortState::Closed, PortState::Filtered, PortState::Unfiltered,
                     PortState::OpenFiltered, PortState::ClosedFiltered, PortState::Unknown})
    EXPECT_EQ(parse_port_state(to_text(state)), state);
  EXPECT_EQ(to_text(PortState::OpenFiltered), "open|filtered");
  EXPECT_FALSE(parse_protocol("TCP"));
  EXPECT_FALSE(parse_protocol(""));
  EXPECT_FALSE(parse_port_state("opened"));
}

TEST(Report, ReasonNamesEqualNmapNames) {
  EXPECT_EQ(to_text(Reason::None), "");
  EXPECT_EQ(to_text(Reason::UserSet), "user-set");
  EXPECT_EQ(to_text(Reason::LocalhostResponse), "localhost-response");
  EXPECT_EQ(to_text(Reason::SynAck), "syn-ack");
  EXPECT_EQ(to_text(Reason::ConnRefused), "conn-refused");
  EXPECT_EQ(to_text(Reason::NoResponse), "no-response");
  EXPECT_EQ(to_text(Reason::Reset), "reset");
  EXPECT_EQ(to_text(Reason::HostUnreach), "host-unreach");
  EXPECT_EQ(to_text(Reason::NetUnreach), "net-unreach");
  EXPECT_EQ(to_text(Reason::AdminProhibited), "admin-prohibited");
  EXPECT_EQ(to_text(Reason::PortUnreach), "port-unreach");
  EXPECT_EQ(to_text(Reason::UdpResponse), "udp-response");
  EXPECT_EQ(to_text(Reason::ScriptSet), "script-set");
  EXPECT_EQ(to_text(Reason::NotSent), "not-sent");
}

TEST(StatusText, StatusIsUnknownIfHostWasListedOnlyOrNotProbed) {
  HostReport host;
  EXPECT_EQ(status_text(host), "down");
  host.reason = Reason::NotSent;
  EXPECT_EQ(status_text(host), "unknown");
  host.reason = Reason::None;
  host.listed_only = true;
  EXPECT_EQ(status_text(host), "unknown");
  host.up = true;
  EXPECT_EQ(status_text(host), "up");
}

TEST(DisplayName, TargetNameTakesPrecedenceOverReverseName) {
  HostReport host;
  host.address = Address::v4(0x7f000001);
  EXPECT_EQ(display_name(host), "127.0.0.1");
  host.reverse_name = "reverse.example";
  EXPECT_EQ(display_name(host), "reverse.example (127.0.0.1)");
  host.target_name = "given.example";
  EXPECT_EQ(display_name(host), "given.example (127.0.0.1)");
}

}  // namespace
}  // namespace sluice
