// SPDX-License-Identifier: Apache-2.0
#include "output/escape.hpp"

#include <gtest/gtest.h>

namespace sluice::output {
namespace {

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

TEST(Protect, AsciiLinesEscapesControlAndHighBytesExceptTabAndLineFeed) {
  EXPECT_EQ(protect("a\tb\nc\rd\x1b\x7f\xc3\xa9", Keep::AsciiLines), "a\tb\nc\\x0Dd\\x1B\\x7F\\xC3\\xA9");
}
TEST(Protect, AsciiReturnsKeepsCarriageReturns) { EXPECT_EQ(protect("\r\n\x01", Keep::AsciiReturns), "\r\n\\x01"); }
TEST(Protect, LinesKeepsUtf8) { EXPECT_EQ(protect("\xc3\xa9\x1b[2J\n", Keep::Lines), "\xc3\xa9\\x1B[2J\n"); }
TEST(Protect, OneLineEscapesLineBreaksAndTabs) { EXPECT_EQ(protect("a\nb\tc\r", Keep::OneLine), "a\\x0Ab\\x09c\\x0D"); }

TEST(Protect, TerminalControlCharactersAreEscaped) {
  for (const Keep keep : {Keep::Lines, Keep::OneLine}) {
    EXPECT_EQ(protect("a\xc2\x9b"
                      "31mb",
                      keep),
              "a\\xC2\\x9B31mb");
    EXPECT_EQ(protect("\xc2\x80\xc2\x9f\xc2\xa0", keep), "\\xC2\\x80\\xC2\\x9F\xc2\xa0");
    EXPECT_EQ(protect("\xe2\x80\xae"
                      "x\xe2\x81\xa6\xd8\x9c",
                      keep),
              "\\xE2\\x80\\xAEx\\xE2\\x81\\xA6\\xD8\\x9C");
    EXPECT_EQ(protect("\xe2\x80\xa8\xe2\x82\xac\xf0\x9f\x98\x80", keep), "\\xE2\\x80\\xA8\xe2\x82\xac\xf0\x9f\x98\x80");
  }
}
TEST(Protect, InvalidUtf8IsEscaped) { EXPECT_EQ(protect("caf\xe9 \x9b[ \xc3", Keep::Lines), "caf\\xE9 \\x9B[ \\xC3"); }

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}
TEST(JsonString, QuotesAndControlsAreEscaped) {
  EXPECT_EQ(json_string("a\"\\/\b\f\n\r\t\x01"), "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\"");
  EXPECT_EQ(json_string(""), "\"\"");
}
TEST(JsonString, CharactersThatControlATerminalAreEscaped) {
  EXPECT_EQ(json_string("\xc2\x9b\xc3\xa9\xe2\x80\xae\x7f"), "\"\\u009b\xc3\xa9\\u202e\\u007f\"");
}
TEST(JsonString, BytesThatAreNotUtf8AreWrittenAsHexadecimalDigits) {
  EXPECT_EQ(json_string("\xff\xc3\xa9"), "\"\\\\xFF\\\\xC3\\\\xA9\"");
}
TEST(Base64, DecodingRevertsEncodingAndRejectsOtherText) {
  for (const std::string_view bytes : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfd"})
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
  for (const std::string_view text : {"Zg=", "Z===", "====", "Zg=a", "Zg==Zg==", "Z-8="})
    EXPECT_FALSE(from_base64(text));
}

TEST(XmlEscape, MarkupHighBytesAndWhiteSpaceBecomeReferences) {
  EXPECT_EQ(xml_escape("<a b='c' d=\"e\">&\t\n\r\xe9"),
            "&lt;a b=&apos;c&apos; d=&quot;e&quot;&gt;&amp;&#x9;&#xa;&#xd;&#xe9;");
}
TEST(XmlEscape, HyphenAfterHyphenIsEscaped) { EXPECT_EQ(xml_escape("--a---b--&-"), "-&#45;a-&#45;&#45;b-&#45;&amp;-"); }
TEST(XmlEscape, InvalidXmlControlBytesBecomeText) {
  EXPECT_EQ(xml_escape(std::string("\0\x01\x1f", 3)), "\\x00\\x01\\x1F");
}

TEST(IsUtf8, OnlyWellFormedSequencesAreAccepted) {
  EXPECT_TRUE(is_utf8("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
  for (const char* bad : {"\xc3", "\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff",
                          "\xf0\x80\x80\x80", "\xe2\x82"})
    EXPECT_FALSE(is_utf8(bad)) << protect(bad, Keep::AsciiLines);
}
TEST(ToUtf8, ValidUtf8IsUnchangedAndOtherTextBecomesAscii) {
  EXPECT_EQ(to_utf8("\xc3\xa9"), "\xc3\xa9");
  EXPECT_EQ(to_utf8("\xc3\xa9\xff"), "\\xC3\\xA9\\xFF");
  EXPECT_TRUE(is_utf8(to_utf8(all_bytes())));
}
TEST(Base64, OutputIsPaddedToGroupsOfFour) {  // RFC 4648 section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

}  // namespace
}  // namespace sluice::output
