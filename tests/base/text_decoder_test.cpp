// SPDX-License-Identifier: Apache-2.0
#include "base/text_decoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using Marks = TextDecoder::Marks;

std::string wide(std::u16string_view text, bool big_endian, bool mark) {
  std::string bytes;
  const auto add = [&](char16_t unit) {
    const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  };
  if (mark) add(0xFEFF);
  for (const char16_t unit : text) add(unit);
  return bytes;
}

std::string wider(std::u32string_view text, bool big_endian) {
  std::string bytes;
  const std::u32string units = std::u32string(1, 0xFEFF).append(text);
  for (const char32_t unit : units)
    for (int each = 0; each < 4; ++each) bytes += static_cast<char>(unit >> 8 * (big_endian ? 3 - each : each) & 0xFF);
  return bytes;
}

std::string in_pieces(const std::string& bytes, Marks marks, std::size_t size) {
  TextDecoder decoder(marks);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += size) decoder.feed(bytes.substr(at, size), false, text);
  decoder.feed("", true, text);
  return text;
}

/// Decodes `bytes` as a whole, and expects the same text from `bytes` in pieces.
std::string decode(const std::string& bytes, Marks marks = Marks::AtStart) {
  const std::string whole = decode_text(bytes, marks);
  for (const std::size_t size : {1, 2, 3, 5}) EXPECT_EQ(in_pieces(bytes, marks, size), whole) << size;
  return whole;
}

TEST(TextDecoder, Utf8ByteOrderMarkAtStartIsDropped) {
  EXPECT_EQ(decode("\xEF\xBB\xBF"
                   "a\n\xEF\xBB\xBF"
                   "b"),
            "a\n\xEF\xBB\xBF"
            "b");
  EXPECT_EQ(decode("\xEF\xBB"), "\xEF\xBB");
  EXPECT_EQ(decode("\xEF\xBB\xBF"), "");
}

TEST(TextDecoder, CarriageReturnEndsLine) {
  EXPECT_EQ(decode("a\r\nb\rc\n\rd\r\n\r\n"), "a\nb\nc\n\nd\n\n");
  EXPECT_EQ(decode(wide(u"a\r\nb\rc\n\rd\r\n\r\n", false, true)), "a\nb\nc\n\nd\n\n");
}

TEST(TextDecoder, Utf16AndUtf32AreConvertedToUtf8) {
  for (const bool big : {false, true}) {
    for (const bool mark : {false, true})
      EXPECT_EQ(decode(wide(u"a\u00fc\u20ac\U0001F30D\n", big, mark)), "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x8c\x8d\n");
    EXPECT_EQ(decode(wider(U"a\u00fc\U0001F30D", big)), "a\xc3\xbc\xf0\x9f\x8c\x8d");
  }
  EXPECT_EQ(decode(std::string("a\0", 2)), "a");
  EXPECT_EQ(decode("\xFF\xFE"), "");
}

TEST(TextDecoder, InvalidUtf16IsReplaced) {
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(decode(wide(std::u16string{u'a', 0xD800, u'b', 0xDC00}, false, true)),
            "a" + replacement + "b" + replacement);
  EXPECT_EQ(decode(wide(std::u16string{u'a', 0xD800}, true, true)), "a" + replacement);
  EXPECT_EQ(decode(wide(u"a", false, true) + "b"), "a" + replacement);
}

TEST(TextDecoder, BytesOfOtherEncodingsAreUnchanged) {
  const std::string latin("caf\xe9\x00\x80\xff\xfe\n\xff\xfe", 11);
  EXPECT_EQ(decode(latin), latin);
}

TEST(TextDecoder, ConcatenatedFilesMayDifferInEncoding) {
  const std::string a = wide(u"\u00fc1\r\n", false, true), b = wide(u"\u00fc2\n", true, true);
  EXPECT_EQ(decode("0\n" + a + b + a +
                       "\xEF\xBB\xBF"
                       "3\n<\n" +
                       b + "<?xml\n",
                   Marks::AtLines),
            "0\n\xc3\xbc"
            "1\n\xc3\xbc"
            "2\n\xc3\xbc"
            "1\n3\n<\n\xc3\xbc"
            "2\n<?xml\n");
}

TEST(TextDecoder, CompleteLineIsDecodedAtOnce) {
  TextDecoder decoder(Marks::AtLines);
  std::string text;
  decoder.feed("a\r\n", false, text);
  EXPECT_EQ(text, "a\n");
  decoder.feed("b\n", false, text);
  EXPECT_EQ(text, "a\nb\n");
  decoder.feed("\n", false, text);
  EXPECT_EQ(text, "a\nb\n\n");
}

}  // namespace
}  // namespace sluice
