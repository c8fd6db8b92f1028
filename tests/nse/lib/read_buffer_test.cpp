// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/read_buffer.hpp"

#include <gtest/gtest.h>

namespace sluice::nse {
namespace {

/// "more" if bytes are missing, "fail", or the text as "<TEXT>".
std::string told(const std::optional<ReadBuffer::Portion>& portion) {
  if (!portion) return "more";
  return portion->success ? "<" + std::string(portion->text) + ">" : "fail";
}

ReadBuffer buffer(std::string_view data, bool ended = true) {
  ReadBuffer made;
  made.add(data);
  if (ended) made.end();
  return made;
}

std::string number(std::string_view data, bool ended = true) {
  ReadBuffer made = buffer(data, ended);
  const std::string text = told(made.number());
  return text + " " + std::to_string(made.size());
}

TEST(ReadBuffer, LineWaitsForNewlineOrEnd) {
  ReadBuffer lines = buffer("one\ntw", false);
  EXPECT_EQ(told(lines.line(false)), "<one>");
  EXPECT_EQ(told(lines.line(false)), "more");
  lines.add("o\n\nlast");
  EXPECT_EQ(told(lines.line(true)), "<two\n>");
  EXPECT_EQ(told(lines.line(false)), "<>");
  EXPECT_EQ(told(lines.line(true)), "more");
  lines.end();
  EXPECT_EQ(told(lines.line(true)), "<last>");
  EXPECT_EQ(told(lines.line(true)), "fail");
}

TEST(ReadBuffer, BytesReturnsRequestedCountOrRest) {
  ReadBuffer bytes = buffer("abcd", false);
  EXPECT_EQ(told(bytes.bytes(3)), "<abc>");
  EXPECT_EQ(told(bytes.bytes(3)), "more");
  EXPECT_EQ(told(bytes.bytes(0)), "<>");
  bytes.end();
  EXPECT_EQ(told(bytes.bytes(3)), "<d>");
  EXPECT_EQ(told(bytes.bytes(3)), "fail");
  EXPECT_EQ(told(bytes.bytes(0)), "fail");
}

TEST(ReadBuffer, ZeroBytesOfEmptyBufferWaitForData) { EXPECT_EQ(told(buffer("", false).bytes(0)), "more"); }

TEST(ReadBuffer, AllWaitsForTheEndAndNeverFails) {
  ReadBuffer all = buffer("abc", false);
  EXPECT_EQ(told(all.all()), "more");
  all.end();
  EXPECT_EQ(told(all.all()), "<abc>");
  EXPECT_EQ(told(all.all()), "<>");
}

TEST(ReadBuffer, NumberEndsAtFirstCharacterOutsideNumeral) {
  EXPECT_EQ(number(" \t\n12 3"), "<12> 2");
  EXPECT_EQ(number("-3.5e+10x"), "<-3.5e+10> 1");
  EXPECT_EQ(number("0x1Fp4.5"), "<0x1Fp4> 2");
  EXPECT_EQ(number(".5.5"), "<.5> 2");
  EXPECT_EQ(number("0xfg"), "<0xf> 1");
  EXPECT_EQ(number("1e5e5"), "<1e5> 2");
}

TEST(ReadBuffer, PrefixOfNumeralIsConsumed) {
  EXPECT_EQ(number("1e+ 5"), "<1e+> 2");
  EXPECT_EQ(number("-abc"), "<-> 3");
  EXPECT_EQ(number("abc"), "<> 3");
  EXPECT_EQ(number(""), "<> 0");
}

TEST(ReadBuffer, NumberWaitsWhileIncomplete) {
  EXPECT_EQ(number("12", false), "more 2");
  EXPECT_EQ(number("  ", false), "more 0");
  EXPECT_EQ(number("12\n", false), "<12> 1");
  ReadBuffer parts = buffer("1", false);
  EXPECT_EQ(told(parts.number()), "more");
  parts.add("2e");
  EXPECT_EQ(told(parts.number()), "more");
  parts.add("3 ");
  EXPECT_EQ(told(parts.number()), "<12e3>");
}

TEST(ReadBuffer, NumbersOfMoreThanTwoHundredCharactersFail) {
  EXPECT_EQ(number(std::string(200, '1')), "<" + std::string(200, '1') + "> 0");
  EXPECT_EQ(number(std::string(250, '1')), "fail 50");
  EXPECT_EQ(number(std::string(201, '1'), false), "fail 1");
}

}  // namespace
}  // namespace sluice::nse
