// SPDX-License-Identifier: Apache-2.0
#include "service/probe_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/random_text.hpp"

namespace sluice::service {
namespace {

using std::chrono::milliseconds;

ProbeFile parsed(std::string text) {
  auto file = ProbeFile::parse(std::move(text), "db");
  EXPECT_TRUE(file) << file.error().message;
  return std::move(*file);
}

std::string cause(std::string text) {
  const auto file = ProbeFile::parse(std::move(text), "db");
  return file ? "" : file.error().message;
}

TEST(ProbeFile, AllDirectivesAreRead) {
  const auto file = parsed(
      "# comment\n\nExclude T:9100-9107,U:53\n"
      "Probe TCP NULL q||\ntotalwaitms 6000\ntcpwrappedms 3000\nmatch ssh m|^SSH-| p/x/\n"
      "Probe TCP Get q=GET /|\\r\\n=\nrarity 1\nports 1, 80-85\nports 90\nsslports 443\nfallback Late,NULL\n"
      "softmatch http m/^HTTP/si i=a=\n"
      "Probe UDP Late q|\\0\\x41| no-payload\n");
  EXPECT_EQ(file.excluded_ports(), "T:9100-9107,U:53");
  EXPECT_EQ(file.exclude_line(), 3u);
  ASSERT_EQ(file.probes().size(), 3u);

  const Probe& null = file.probes()[0];
  EXPECT_EQ(file.null_probe(), &null);
  EXPECT_EQ(null.total_wait, milliseconds(6000));
  EXPECT_EQ(null.tcp_wrapped, milliseconds(3000));
  ASSERT_EQ(null.lines.size(), 1u);
  EXPECT_EQ(null.lines[0].number, 7u);
  EXPECT_EQ(null.lines[0].service, "ssh");
  EXPECT_EQ(null.lines[0].pattern, "^SSH-");
  EXPECT_FALSE(null.lines[0].soft);

  const Probe& get = file.probes()[1];
  EXPECT_EQ(get.name, "Get");
  EXPECT_EQ(get.payload, "GET /|\r\n");
  EXPECT_EQ(get.rarity, 1);
  EXPECT_EQ(get.total_wait, milliseconds(5000));
  for (const std::uint16_t port : {1, 80, 83, 85, 90}) EXPECT_TRUE(get.ports.contains(port)) << port;
  for (const std::uint16_t port : {0, 2, 79, 86, 443}) EXPECT_FALSE(get.ports.contains(port)) << port;
  EXPECT_TRUE(get.ssl_ports.contains(443));
  EXPECT_EQ(get.fallbacks, (std::vector<std::uint32_t>{2, 0}));
  ASSERT_EQ(get.lines.size(), 1u);
  EXPECT_TRUE(get.lines[0].soft && get.lines[0].ignore_case && get.lines[0].dot_all);
  EXPECT_EQ(get.lines[0].fields, " i=a=");

  const Probe& late = file.probes()[2];
  EXPECT_EQ(late.protocol, Protocol::Udp);
  EXPECT_EQ(late.payload, std::string("\0A", 2));
  EXPECT_TRUE(late.no_payload);
  EXPECT_EQ(late.rarity, 5);
}

TEST(ProbeFile, LaterRarityAndFallbackReplaceEarlierOnes) {
  const auto file =
      parsed("Probe TCP A q|a|\nrarity 2\nrarity 9\nfallback B\nfallback C\nProbe TCP B q|b|\nProbe TCP C q|c|\n");
  EXPECT_EQ(file.probes()[0].rarity, 9);
  EXPECT_EQ(file.probes()[0].fallbacks, std::vector<std::uint32_t>{2});
}

TEST(ProbeFile, FallbackPrefersTheProbesOwnProtocol) {
  const auto file = parsed(
      "Probe UDP B q|b|\nProbe TCP A q|a|\nfallback B\nProbe TCP B q|b|\nProbe UDP C q|c|\nfallback B\n"
      "Probe TCP D q|d|\nfallback C\n");
  EXPECT_EQ(file.probes()[1].fallbacks, std::vector<std::uint32_t>{2});
  EXPECT_EQ(file.probes()[3].fallbacks, std::vector<std::uint32_t>{0});
  EXPECT_EQ(file.probes()[4].fallbacks, std::vector<std::uint32_t>{3});
}

TEST(ProbeFile, ProbeStringsAreUnescapedAndPatternsAreNot) {
  const auto file = parsed("Probe TCP A q|\\\\\\0001\\a\\b\\f\\n\\r\\t\\v\\xe9\\.\\\"|\nmatch a m|\\0\\101\\x41|\n");
  EXPECT_EQ(file.probes()[0].payload, std::string("\\\0"
                                                  "001\a\b\f\n\r\t\v\xe9.\"",
                                                  15));
  EXPECT_EQ(file.probes()[0].lines[0].pattern, "\\0\\101\\x41");
}

TEST(ProbeFile, LinesMayEndInCarriageReturnAndLastLineNeedsNoNewline) {
  const auto file = parsed("Probe TCP NULL q||\r\n\r\nmatch a m|x|\r\nmatch b m|y| p/z/");
  ASSERT_EQ(file.probes()[0].lines.size(), 2u);
  EXPECT_EQ(file.probes()[0].lines[1].number, 4u);
}

TEST(ProbeFile, ViewsRemainValidAfterMove) {
  auto file = parsed("Probe TCP N q||\nmatch a m|x|\n");
  const ProbeFile moved = std::move(file);
  EXPECT_EQ(moved.probes()[0].lines[0].service, "a");
  EXPECT_EQ(moved.null_probe(), moved.probes().data());
}

TEST(ProbeFile, ErrorsNameFileLineAndCause) {
  const std::string start = "Probe TCP NULL q||\n";
  EXPECT_EQ(cause("\nbogus x\n"), "db:2: expected Probe or Exclude, not 'bogus'");
  EXPECT_EQ(cause("match a m|x|\n"), "db:1: a match line before the first Probe");
  EXPECT_EQ(cause(start + "bogus x\n"), "db:2: unknown directive 'bogus'");
  EXPECT_EQ(cause("Exclude 1\n\nExclude 2\n"), "db:3: a second Exclude; the first is on line 1");
  EXPECT_EQ(cause(start + "Exclude 1\n"), "db:2: Exclude must precede the first Probe");
  EXPECT_EQ(cause("Exclude\n"), "db:1: Exclude needs ports");
  EXPECT_EQ(cause("Probe SCTP A q|a|\n"), "db:1: the protocol of a Probe is TCP or UDP");
  EXPECT_EQ(cause("Probe TCP A |a|\n"), "db:1: a Probe needs a name and a string such as q|GET /\\r\\n|");
  EXPECT_EQ(cause("Probe TCP A q|a\n"), "db:1: the string of the Probe has no closing delimiter");
  EXPECT_EQ(cause("Probe UDP A q||\n"), "db:1: a UDP Probe needs a string that is not empty");
  EXPECT_EQ(cause(start + "Probe TCP B q||\n"), "db:2: a second Probe with an empty string; a file may have one");
  for (const char* bad : {"\\101", "\\x1", "\\xg0", "\\e", "a\\"})
    EXPECT_THAT(cause("Probe TCP A q|" + std::string(bad) + "|\n"),
                testing::HasSubstr("db:1: the string of the Probe has an escape"))
        << bad;
  for (const char* bad : {"", "x", "70000", "9-3", "9-", "-3", "U:53", "1,,2", "1 # x"})
    EXPECT_EQ(cause(start + "ports " + bad + "\n"), "db:2: ports needs ports such as 21-25,53,80, each from 0 to 65535")
        << bad;
  for (const char* bad : {"0", "10", "x", ""})
    EXPECT_EQ(cause(start + "rarity " + bad + "\n"), "db:2: rarity needs a number from 1 to 9");
  for (const char* bad : {"99", "300001", "x"})
    EXPECT_EQ(cause(start + "totalwaitms " + bad + "\n"), "db:2: totalwaitms needs milliseconds from 100 to 300000");
  EXPECT_EQ(cause(start + "fallback A, B\nProbe TCP A q|a|\n"), "db:2: fallback to an unknown Probe 'B'");
  EXPECT_EQ(cause(start + "match a\n"), "db:2: a match needs a service and a pattern such as m|^220 |");
  EXPECT_EQ(cause(start + "match a q|x|\n"), "db:2: a match needs a service and a pattern such as m|^220 |");
  EXPECT_EQ(cause(start + "match a m|x\n"), "db:2: the pattern has no closing delimiter");
  EXPECT_EQ(cause(start + "match a m|x|I\n"), "db:2: unknown flag 'I' behind the pattern; known are i and s");
  EXPECT_EQ(cause(start + "match a m|x| z/a/\n"), "db:2: unknown field 'z/a/'; known are p v i h o d and cpe:");
  EXPECT_EQ(cause(start + "softmatch a m|x| p/a\n"), "db:2: the field 'p' has no closing delimiter");
  EXPECT_EQ(cause(start + "match a m|x| cpe:/a:b\n"), "db:2: the field 'cpe:' has no closing delimiter");
  EXPECT_EQ(cause(start + "match a m|x| p/a/v/b/\n"), "db:2: unknown field '/b/'; known are p v i h o d and cpe:");
}

TEST(ProbeFile, FlagsAndFieldsOfNmapAreAccepted) {
  const std::string start = "Probe TCP NULL q||\n";
  for (const char* line :
       {"match a m|x|iss p/a/", "match a m|x| p/a/ p/b/", "match a m|x|\tp/a/\tv/b/", "match a m|x|s   ",
        "match a m|x| cpe:/a:b/b", "match a m|x| cpe:|b:c|", "match ssl/x m=a=", "match a m@x@ h@y@"})
    EXPECT_EQ(cause(start + line + "\n"), "") << line;
}

TEST(ProbeFile, ServerFirstNeedsHalfOfTheMatchLinesUnderNull) {
  const auto file = parsed(
      "Probe TCP NULL q||\nmatch half m|a|\nmatch less m|a|\nmatch all m|a|\nsoftmatch soft m|a|\n"
      "Probe TCP A q|a|\nmatch half m|a|\nsoftmatch half m|a|\nmatch less m|a|\nmatch less m|a|\n");
  EXPECT_TRUE(file.server_first("half"));
  EXPECT_TRUE(file.server_first("all"));
  EXPECT_FALSE(file.server_first("less"));
  EXPECT_FALSE(file.server_first("soft"));
  EXPECT_FALSE(file.server_first("unknown"));
}

TEST(ProbeFile, HasLineForCountsSoftLines) {
  const auto file = parsed("Probe TCP A q|a|\nsoftmatch soft m|a|\nmatch ssl/hard m|a|\n");
  EXPECT_TRUE(file.probes()[0].has_line_for("soft"));
  EXPECT_TRUE(file.probes()[0].has_line_for("ssl/hard"));
  EXPECT_FALSE(file.probes()[0].has_line_for("hard"));
}

TEST(UdpPayloads, PayloadsOfPortAreFromUdpProbesListingPort) {
  const auto payloads = udp_payloads(
      parsed("Probe UDP A q|a|\nports 5-6\nProbe TCP B q|b|\nports 5\nProbe UDP C q|c| no-payload\nports 5\n"
             "Probe UDP D q|d|\nports 6\nsslports 5\n"));
  EXPECT_EQ(payloads.of(5), std::vector<std::string>{"a"});
  EXPECT_EQ(payloads.of(6), (std::vector<std::string>{"a", "d"}));
  EXPECT_TRUE(payloads.of(7).empty());
}

TEST(ProbeFile, ReadErrorNamesMissingFile) {
  const auto file = ProbeFile::read("/nonexistent/probes");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "cannot read '/nonexistent/probes': No such file or directory");
}

TEST(ProbeFile, RandomTextIsParsedOrRefused) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const auto file = ProbeFile::parse(
        "Probe TCP N q||\nmatch a m|" + test::random_text(seed, "|/\\ \nmatch Probe TCP q|cpe:pvs0,9-$(\")"), "db");
    if (!file) {
      EXPECT_TRUE(file.error().message.starts_with("db:"));
    }
  }
}

}  // namespace
}  // namespace sluice::service
