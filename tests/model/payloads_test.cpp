// SPDX-License-Identifier: Apache-2.0
#include "model/payloads.hpp"

#include <gtest/gtest.h>

#include "base/text_file.hpp"
#include "model/data_files.hpp"
#include "support/random_text.hpp"

namespace sluice::model {
namespace {

using Strings = std::vector<std::string>;

TEST(Payloads, StringsOfOneEntryAreJoined) {
  const auto payloads =
      Payloads::parse("# comment\nudp 53,100-101 \"a\" \"b\" # c\n  \"c#\"\nsource 500\n\nudp 53\n\"d\"");
  ASSERT_TRUE(payloads);
  EXPECT_EQ(payloads->of(53), (Strings{"abc#", "d"}));
  EXPECT_EQ(payloads->of(101), Strings{"abc#"});
  EXPECT_EQ(payloads->of(102), Strings{});
}

TEST(Payloads, EscapesOfCAreDecoded) {
  const auto payloads = Payloads::parse(R"(udp 1 "\x0D\r\n\t\"\\\0\x01\0\0v\101\1234")");
  ASSERT_TRUE(payloads);
  EXPECT_EQ(payloads->of(1), Strings{std::string("\r\r\n\t\"\\\0\x01\0\0vAS4", 14)});
}

TEST(Payloads, ParseErrorNamesLine) {
  const auto message = [](std::string_view text) { return Payloads::parse(text).error().message; };
  EXPECT_EQ(message("\nudp 1 \"a"), "nmap-payloads, line 2: a string does not end, or has a bad escape");
  EXPECT_EQ(message("udp 1 \"\\xg\""), "nmap-payloads, line 1: a string does not end, or has a bad escape");
  EXPECT_EQ(message("\"a\""), "nmap-payloads, line 1: a string without ports");
  EXPECT_EQ(message("udp x \"a\""), "nmap-payloads, line 1: no list of ports behind 'udp'");
  EXPECT_EQ(message("udp 5-1 \"a\""), "nmap-payloads, line 1: no list of ports behind 'udp'");
  EXPECT_EQ(message("udp"), "nmap-payloads, line 1: no list of ports behind 'udp'");
}

TEST(Payloads, RandomTextDoesNotCrashParse) {
  for (unsigned seed = 0; seed < 2000; ++seed)
    (void)Payloads::parse(test::random_text(seed, "udp 1-3,\"\"\\x0\n#ab").insert(0, "udp 1 \""));
}

TEST(Payloads, InstalledFileIsParsed) {
  const auto path = model::DataFiles(process_data_places(true)).find_file("nmap-payloads");
  if (!path) GTEST_SKIP() << "no nmap-payloads installed";
  const auto payloads = Payloads::parse(*read_text_file(*path));
  ASSERT_TRUE(payloads) << payloads.error().message;
  EXPECT_EQ(payloads->of(7), Strings{"\r\n\r\n"});
  EXPECT_GE(payloads->of(53).size(), 2u);
}

}  // namespace
}  // namespace sluice::model
