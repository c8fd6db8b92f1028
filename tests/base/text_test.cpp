// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ParseNumber, TextMustBeWholeNumberInRange) {
  EXPECT_EQ(parse_number<int>("042"), 42);
  for (const char* text : {"", "+1", "-1", " 1", "1 ", "1x", "0x1", "99999999999999999999"})
    EXPECT_FALSE(parse_number<int>(text)) << text;
  EXPECT_EQ(parse_number<double>("0.25"), 0.25);
  EXPECT_EQ(parse_number<double>(".5"), 0.5);
  EXPECT_FALSE(parse_number<double>("inf"));
  EXPECT_FALSE(parse_number<double>("nan"));
}

TEST(Text, TakeWordAndTakeUntilRemoveFirstPart) {
  std::string_view rest = "  a\tbc \n";
  EXPECT_EQ(take_word(rest), "a");
  EXPECT_EQ(take_word(rest), "bc");
  EXPECT_EQ(take_word(rest), "");
  rest = "a,,b";
  EXPECT_EQ(take_until(rest, ','), "a");
  EXPECT_EQ(take_until(rest, ','), "");
  EXPECT_EQ(take_until(rest, ','), "b");
  EXPECT_TRUE(rest.empty());
}

TEST(Text, NameSomeNamesFiveAtMost) {
  EXPECT_EQ(name_some(std::vector<std::string>{}), "");
  EXPECT_EQ(name_some(std::vector<std::string>{"a", "b"}), "a, b");
  EXPECT_EQ(name_some(std::vector<std::string>{"a", "b", "c", "d", "e"}), "a, b, c, d, e");
  EXPECT_EQ(name_some(std::vector<std::string>{"a", "b", "c", "d", "e", "f"}), "a, b, c, d, e and others");
}

TEST(MatchesGlob, QuestionMarkIsSpecialOnlyIfAllowed) {
  EXPECT_TRUE(matches_glob("http-*", "http-title", false));
  EXPECT_TRUE(matches_glob("*", "", false));
  EXPECT_TRUE(matches_glob("a**b*", "axxb", false));
  EXPECT_FALSE(matches_glob("a*b", "axxbx", false));
  EXPECT_FALSE(matches_glob("", "a", false));
  EXPECT_FALSE(matches_glob("b?nner", "banner", false));
  EXPECT_TRUE(matches_glob("b?nner", "b?nner", false));
  EXPECT_TRUE(matches_glob("b?nner", "banner", true));
  EXPECT_FALSE(matches_glob("b.nner", "banner", true));
}

TEST(MatchesGlob, ManyStarsNeedNoExponentialTime) {
  std::string pattern, text(2000, 'a');
  for (int i = 0; i < 500; ++i) pattern += "a*";
  EXPECT_FALSE(matches_glob(pattern + "b", text, false));
}

}  // namespace
}  // namespace sluice
