// SPDX-License-Identifier: Apache-2.0
#include "native/pointer_answer.hpp"

#include <gtest/gtest.h>

#include "support/random_text.hpp"

namespace sluice::net {
namespace {

using namespace std::string_literals;

std::string number(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)}; }

std::string wire(const std::vector<std::string>& labels) {
  std::string name;
  for (const std::string& label : labels) name += static_cast<char>(label.size()) + label;
  return name + '\0';
}

constexpr unsigned kCname = 5, kPtr = 12;
const std::string kAsked = wire({"1", "0", "0", "127", "in-addr", "arpa"});
const std::string kSame("\xC0\x0C");

std::string record(const std::string& owner, unsigned type, const std::string& data) {
  return owner + number(type) + number(1) + number(0) + number(60) + number(static_cast<unsigned>(data.size())) + data;
}
std::string message(const std::vector<std::string>& answers) {
  std::string bytes = number(7) + number(0x8180) + number(1) + number(static_cast<unsigned>(answers.size())) +
                      number(0) + number(0) + kAsked + number(kPtr) + number(1);
  for (const std::string& answer : answers) bytes += answer;
  return bytes;
}
std::string first(const std::vector<std::string>& answers) { return first_pointer(message(answers)).value_or("none"); }

TEST(FirstPointer, ResultIsFirstPtrRecordOfRequestedName) {
  EXPECT_EQ(first({record(kSame, kPtr, wire({"one", "example"})), record(kSame, kPtr, wire({"two", "example"}))}),
            "one.example");
  EXPECT_EQ(first({record(wire({"other"}), kPtr, wire({"one"})),
                   record(wire({"1", "0", "0", "127", "IN-ADDR", "arpa"}), kPtr, wire({"two"}))}),
            "two");
  EXPECT_EQ(first({record(kSame, 16, "text"), record(kSame, kPtr, wire({"two"}))}), "two");
  EXPECT_EQ(first({}), "none");
  EXPECT_EQ(first({record(kSame, kPtr, wire({}))}), "none");
}

TEST(FirstPointer, AliasesAreFollowed) {
  const std::string alias = record(kSame, kCname, wire({"1", "0-63", "arpa"}));
  const std::string pointer = record(wire({"1", "0-63", "arpa"}), kPtr, wire({"a", "example"}));
  EXPECT_EQ(first({alias, pointer}), "a.example");
  EXPECT_EQ(first({pointer, alias}), "a.example");
  EXPECT_EQ(first({record(kSame, kCname, kSame)}), "none");
}

TEST(FirstPointer, UnusualBytesBecomeStars) {
  EXPECT_EQ(first({record(kSame, kPtr, wire({"aZ09+-:=_~", "*/ \\\n<\xfc\0"s, "a.b"}))}), "aZ09+-:=_~.********.a.b");
}

TEST(FirstPointer, NamesMayBeCompressedBackwardOnly) {
  EXPECT_EQ(first({record(kSame, kPtr, "\x01x" + std::string("\xC0\x16"))}), "x.in-addr.arpa");
  EXPECT_EQ(first({record(kSame, kPtr, std::string("\xC0\xFF"))}), "none");
}

TEST(FirstPointer, TruncatedMessageGivesNoNameAndDamagedMessageAtMost255Bytes) {
  const std::string whole =
      message({record(kSame, kCname, wire({"x"})), record(wire({"x"}), kPtr, wire({"a", "example"}))});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(first_pointer(whole.substr(0, size)), std::nullopt) << size;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::string damaged = whole;
    const std::string noise = test::random_text(seed, "\xC0\x0C\xFF\x01\x3F");
    for (std::size_t at = 0; at < noise.size() && at < 3; ++at)
      damaged[(seed * 7919U + at * 104729U) % damaged.size()] = noise[at];
    EXPECT_LE(first_pointer(damaged).value_or("").size(), 255u);
  }
}

}  // namespace
}  // namespace sluice::net
