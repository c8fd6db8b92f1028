// SPDX-License-Identifier: Apache-2.0
#include "output/parse_text.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "output/phrases.hpp"

namespace sluice::output {
namespace {

TEST(ParseUtc, RevertsUtcText) {
  for (const auto microseconds : {0LL, 999999LL, 1795492800000001LL, -1LL}) {
    const WallTime time{std::chrono::microseconds(microseconds)};
    EXPECT_EQ(parse_utc(utc_text(time)), time);
  }
}
TEST(ParseUtc, OtherTextIsRejected) {
  for (const char* text : {"", "2026-11-24", "2026-11-24T04:00:00Z", "2026-11-24 04:00:00.000000Z",
                           "2026-13-24T04:00:00.000000Z", "2026-02-30T04:00:00.000000Z", "2026-11-24T24:00:00.000000Z",
                           "2026-11-24T04:60:00.000000Z", "2026-11-24T04:00:00.00000aZ"})
    EXPECT_FALSE(parse_utc(text)) << text;
}
TEST(ParseAddress, AScopeThatThisMachineLacksIsDropped) {
  EXPECT_EQ(parse_address("fe80::1%no-such-interface"), Address::parse("fe80::1"));
  EXPECT_EQ(parse_address("127.0.0.1"), Address::parse("127.0.0.1"));
  EXPECT_FALSE(parse_address("www"));
}
TEST(ParseMac, RevertsMacText) {
  const std::string mac("\x08\0\x27\1\2\xff", 6);
  EXPECT_EQ(parse_mac(mac_text(mac)), mac);
  for (const char* text : {"", "08:00:27:01:02", "08:00:27:01:02:FG", "08-00:27:01:02:FF", "08:00:27:01:02:ff"})
    EXPECT_FALSE(parse_mac(text)) << text;
}
TEST(CommandWords, RevertsCommandText) {
  const std::vector<std::string> words{"a", "", "b c", "d\"\\", "\x01\v", "\t", "\\x01"};
  EXPECT_EQ(command_words(command_text(words)), words);
  EXPECT_EQ(command_words(""), std::vector<std::string>{});
  EXPECT_EQ(command_words("a "), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(command_words("\"a"), std::vector<std::string>{"a"});
}
TEST(ReasonOf, WordsOfOtherProgramsAreRead) {
  EXPECT_EQ(reason_of("syn-ack"), Reason::SynAck);
  EXPECT_EQ(reason_of(""), Reason::None);
  EXPECT_EQ(reason_of("no-responses"), Reason::NoResponse);
  EXPECT_EQ(reason_of("port-unreaches"), Reason::PortUnreach);
  EXPECT_EQ(reason_of("rst-ack"), Reason::Reset);
  EXPECT_EQ(reason_of("perl-interp"), Reason::UnknownResponse);
}
TEST(ParseSeconds, TextOutOfRangeIsRejected) {
  EXPECT_EQ(parse_seconds("12.35"), std::chrono::milliseconds(12350));
  for (const char* text : {"", "-1", "1e10", "inf", "x"}) EXPECT_EQ(parse_seconds(text), std::nullopt) << text;
  EXPECT_EQ(parse_unix("1795492800"), WallTime{} + std::chrono::seconds(1795492800));
  for (const char* text : {"", "-1", "99999999999", "1.5"}) EXPECT_EQ(parse_unix(text), std::nullopt) << text;
}
TEST(ForEachNumber, NumbersAndRangesAreExpanded) {
  std::vector<std::uint16_t> numbers;
  EXPECT_TRUE(for_each_number("1-3,80,65534-65535", [&](std::uint16_t number) { numbers.push_back(number); }));
  EXPECT_EQ(numbers, (std::vector<std::uint16_t>{1, 2, 3, 80, 65534, 65535}));
}
TEST(ForEachNumber, WrongTextIsReported) {
  for (const char* text : {"a", "1-", "-1", "1,,2", "65536", "1-2-3", "2-1", "2,1", "1-3,3", "7,7"})
    EXPECT_FALSE(for_each_number(text, [](std::uint16_t) {})) << text;
}

}  // namespace
}  // namespace sluice::output
