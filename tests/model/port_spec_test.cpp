// SPDX-License-Identifier: Apache-2.0
#include "model/port_spec.hpp"

#include <gtest/gtest.h>

#include "support/random_text.hpp"

namespace sluice::model {
namespace {

const ServiceTable& services() {
  static const ServiceTable table = ServiceTable::parse(
      "ftp\t21/tcp\t0.19\nssh\t22/tcp\t0.18\nhttp\t80/tcp\t0.48\nhttp\t80/udp\t0.03\nhttps\t443/tcp\t0.2\n"
      "domain\t53/udp\t0.2\nunknown\t4/tcp\t0.001\nhttp\t8008/tcp\t0.005\nhttp\t80/sctp\t0\n");
  return table;
}

/// "T:21-22,80 U:53 S: P:" without the empty ones, or the error.
std::string show(const Result<PortLists>& lists) {
  if (!lists) return lists.error().message;
  std::string text;
  const auto add = [&text](const char* prefix, const std::vector<std::uint16_t>& ports) {
    if (!ports.empty()) text += (text.empty() ? "" : " ") + (prefix + ranges_text(ports));
  };
  add("T:", lists->tcp);
  add("U:", lists->udp);
  add("S:", lists->sctp);
  add("P:", lists->ip_protocols);
  return text;
}

std::string tcp(const std::string& text) { return show(parse_ports(text, {Protocol::Tcp}, services())); }
std::string both(const std::string& text) {
  return show(parse_ports(text, {Protocol::Tcp, Protocol::Udp}, services()));
}

TEST(PortSpec, NumbersAndRangesAreParsed) {
  EXPECT_EQ(tcp("80"), "T:80");
  EXPECT_EQ(tcp("7001-7002,80"), "T:80,7001-7002");
  EXPECT_EQ(tcp("-5"), "T:1-5");
  EXPECT_EQ(tcp("65530-"), "T:65530-65535");
  EXPECT_EQ(tcp("-"), "T:1-65535");
  EXPECT_EQ(tcp("0"), "T:0");
  EXPECT_EQ(tcp("0-2"), "T:0-2");
  EXPECT_EQ(tcp(" 1 , 2 "), "T:1-2");
  EXPECT_EQ(tcp("1 -5"), "T:1-5");
  EXPECT_EQ(tcp("1-5,"), "T:1-5");
}

TEST(PortSpec, PortWithoutPrefixAppliesToAllRequestedProtocols) {
  EXPECT_EQ(both("80"), "T:80 U:80");
  EXPECT_EQ(both("80,T:22,25,U:53"), "T:22,25,80 U:53,80");
  EXPECT_EQ(tcp("T:80,U:53"), "T:80 U:53");
  EXPECT_EQ(tcp("S:80,P:-"), "S:80 P:0-255");
  EXPECT_EQ(tcp("T: 80"), "T:80");
}

TEST(PortSpec, NamesAndMasksSelectPortsOfServiceTable) {
  EXPECT_EQ(tcp("http"), "T:80,8008");
  EXPECT_EQ(tcp("htt*,ssh"), "T:22,80,443,8008");
  EXPECT_EQ(tcp("hTTp"), "T:80,8008");
  EXPECT_EQ(tcp("?tp"), "T:21");
  EXPECT_EQ(both("http"), "T:80,8008 U:80");
  EXPECT_EQ(both("U:http"), "U:80");
}

TEST(PortSpec, BracketsSelectOnlyPortsOfServiceTable) {
  EXPECT_EQ(tcp("[-]"), "T:4,21-22,80,443,8008");
  EXPECT_EQ(tcp("[0-30],1000"), "T:4,21-22,1000");
  EXPECT_EQ(tcp("[1-30"), "T:4,21-22");
  EXPECT_EQ(tcp("[http*]"), "T:80,443,8008");
}

TEST(PortSpec, PrefixInBracketsEndsAtClosingBracket) {
  EXPECT_EQ(tcp("80,[U:53,T:1-30],7000"), "T:4,21-22,80,7000 U:53");
  EXPECT_EQ(tcp("U:[T:1-30],5"), "T:4,21-22 U:5");
  EXPECT_EQ(tcp("80,T:90,U:[53],91"), "T:80,90 U:53,91");
}

TEST(PortSpec, ParseErrorNamesWrongPart) {
  EXPECT_EQ(tcp("80-70"), "the port range 80-70 is backwards; did you mean 70-80?");
  EXPECT_EQ(tcp("-0"), "the port range 1-0 is backwards; did you mean 0-1?");
  EXPECT_EQ(tcp("70000"), "port 70000 is not between 0 and 65535");
  EXPECT_EQ(tcp("1-99999999999"), "port 99999999999 is not between 0 and 65535");
  EXPECT_EQ(tcp("P:256"), "port 256 is not between 0 and 255");
  EXPECT_EQ(tcp("nosuch,80"), "no service matches 'nosuch' in the ports 'nosuch,80'");
  EXPECT_EQ(tcp("U:ssh"), "no service matches 'ssh' in the ports 'U:ssh'");
  EXPECT_EQ(tcp("t:80"), "unknown protocol 't:' in the ports 't:80' (T:, U:, S: and P: are known)");
  EXPECT_EQ(tcp("[80]]"), "unexpected ']' in the ports '[80]]'");
  EXPECT_EQ(tcp("[[80]]"), "brackets within brackets in the ports '[[80]]'");
  EXPECT_EQ(tcp("1;2"), "unexpected ';' in the ports '1;2'");
  EXPECT_EQ(tcp("1 2"), "unexpected '2' in the ports '1 2'");
  EXPECT_EQ(tcp("1-2-3"), "unexpected '-' in the ports '1-2-3'");
  EXPECT_EQ(tcp("--"), "unexpected '-' in the ports '--'");
  EXPECT_EQ(tcp(",,1"), "unexpected ',' in the ports ',,1'");
  EXPECT_EQ(tcp("HTTP"), "unexpected 'H' in the ports 'HTTP'");
  EXPECT_EQ(tcp("1\x01"), "unexpected byte 1 in the ports '1\x01'");
  for (const char* text : {"", " ", "T:"})
    EXPECT_NE(tcp(text).find("a port is missing in the ports"), std::string::npos);
}

TEST(PortSpec, TypographicDashIsRefusedWithSuggestion) {
  const auto lists = parse_ports("1\u20131024", {Protocol::Tcp}, ServiceTable{});
  ASSERT_FALSE(lists);
  EXPECT_EQ(lists.error().message, "'1\u20131024' has an en dash (U+2013) in place of -; did you mean 1-1024?");
  EXPECT_FALSE(
      parse_ports("1\x96"
                  "1024",
                  {Protocol::Tcp}, ServiceTable{}));
}

TEST(PortSpec, RepeatedPortIsReported) {
  EXPECT_TRUE(parse_ports("80,80", {Protocol::Tcp}, services())->repeated);
  EXPECT_FALSE(parse_ports("80,U:80", {Protocol::Tcp}, services())->repeated);
}

TEST(ChoosePorts, TopSelectsMostFrequentPorts) {
  PortRequest request;
  EXPECT_EQ(show(choose_ports(request, services())), "T:4,21-22,80,443,8008");
  request.top = 2;
  EXPECT_EQ(show(choose_ports(request, services())), "T:80,443");
  request.ports = "1-100,9999";
  EXPECT_EQ(show(choose_ports(request, services())), "T:21,80");
  request.protocols = {Protocol::Tcp, Protocol::Udp};
  request.ports.reset();
  request.top = 1;
  EXPECT_EQ(show(choose_ports(request, services())), "T:80 U:53");
}

TEST(ChoosePorts, ExclusionPrecedesTop) {
  PortRequest request;
  request.exclude = "80";
  request.top = 2;
  EXPECT_EQ(show(choose_ports(request, services())), "T:21,443");
  request.top.reset();
  request.ports = "1-100";
  request.exclude = "-100,U:53";
  EXPECT_EQ(show(choose_ports(request, services())), "");
}

TEST(ChoosePorts, RatioSelectsPortsAtOrAboveRatio) {
  PortRequest request;
  request.ratio = 0.19;
  EXPECT_EQ(show(choose_ports(request, services())), "T:21,80,443");
  request.ratio = 0.9;
  EXPECT_EQ(show(choose_ports(request, services())), "");
}

TEST(ChoosePorts, FastSelectsHundredPorts) {
  std::string lines;
  for (int port = 1; port <= 2000; ++port) lines += "s " + std::to_string(port) + "/tcp 0.5\n";
  const auto many = ServiceTable::parse(lines);
  PortRequest request;
  EXPECT_EQ(show(choose_ports(request, many)), "T:1-1000");
  request.fast = true;
  EXPECT_EQ(show(choose_ports(request, many)), "T:1-100");
}

TEST(ChoosePorts, InvalidExclusionIsRefused) {
  PortRequest request;
  request.exclude = "x";
  EXPECT_FALSE(choose_ports(request, services()));
}

TEST(PortSpec, RandomTextGivesPortsOrErrorMessage) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    const std::string text = test::random_text(seed, "0123456789,,,---[]TUSP: *?http").substr(0, seed % 24);
    const auto lists = parse_ports(text, {Protocol::Tcp, Protocol::Udp}, services());
    if (!lists) {
      EXPECT_FALSE(lists.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace sluice::model
