// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sluice/typography.hpp>

namespace sluice {
namespace {

std::string name_of(std::string_view text) {
  const auto found = find_typographic(text);
  return found ? found->name : "";
}

TEST(FindTypographic, FirstCharacterIsNamedWithPosition) {
  const auto found = find_typographic("a\u00fc-\u2014\u2013");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->begin, 4u);
  EXPECT_EQ(found->size, 3u);
  EXPECT_EQ(found->name, "an em dash (U+2014)");
  EXPECT_EQ(found->meant, "-");
}

TEST(FindTypographic, InvalidUtf8IsReadAsCodePage1252) {
  EXPECT_EQ(name_of("1\x96"), "an en dash (U+2013)");
  EXPECT_EQ(name_of("\x97x"), "an em dash (U+2014)");
  EXPECT_EQ(name_of("\x93x\x94"), "a quotation mark (U+201C)");
  EXPECT_EQ(name_of("\xa0"), "a no-break space (U+00A0)");
  EXPECT_EQ(name_of("\u2016"), "") << "0x96 ends it in UTF-8";
  EXPECT_EQ(name_of("\u00d6\u00d7"), "");
}

TEST(FindTypographic, TruncatedUtf8IsReadByteByByte) {
  EXPECT_EQ(name_of("\xe2\x80"), "");
  EXPECT_EQ(name_of("\xe2\x96"), "an en dash (U+2013)");
  EXPECT_EQ(name_of("\xf0"), "");
}

TEST(FindTypographic, LettersAndMarksOfLanguagesAreNotReported) {
  for (const char* text :
       {"", "plain -x \"y\"", "b\u00fccher", "\u30b3\u30fc\u30c9", "\u05d0\u05be\u05d1", "\u0645\u200c\u06cc"})
    EXPECT_EQ(name_of(text), "") << text;
}

TEST(WithoutTypography, TypographicCharactersBecomeAscii) {
  EXPECT_EQ(without_typography("\u201c1\u20135\u201d,\u00a0\u200b7\ufeff"), "\"1-5\", 7");
}

}  // namespace
}  // namespace sluice
