// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/compat_lib.hpp"

#include <string>
#include <vector>

#include "support/lua_fixture.hpp"

namespace sluice::nse {
namespace {

class Compat : public lua::LuaFixture {
 protected:
  void use() {
    lua_pushcfunction(L(), open_compat);
    lua_call(L(), 0, 0);
  }
};

// The next position counts the missing zero, as in Lua 5.3. The mongodb library of nselib relies on it.
TEST_F(Compat, UnpackAcceptsStringWithoutFinalZero) {
  use();
  EXPECT_EQ(run("return string.unpack('z', 'abc')"), "abc|5");
  EXPECT_EQ(run("return string.unpack('<I2z', '\\1\\2abc')"), "513|abc|7");
  EXPECT_EQ(run("return string.unpack('zz', 'ab\\0cd')"), "ab|cd|7");
  EXPECT_EQ(run("return string.unpack('z', '')"), "|2");
  EXPECT_EQ(run("return string.unpack('z', 'abc', 4)"), "|5");
  EXPECT_EQ(run("return ('z'):unpack(123)"), "123|5");
}

TEST_F(Compat, UnpackCountsNegativePositionsFromEnd) {
  use();
  EXPECT_EQ(run("return string.unpack('z', 'abc', -2)"), "bc|5");
  EXPECT_EQ(run("return string.unpack('z', 'abc', -3)"), "abc|5");
  EXPECT_EQ(run("return string.unpack('z', 'abc', -4)"), "abc|5");
  EXPECT_EQ(run("return string.unpack('z', 'abc', -50)"), "abc|5");
}

TEST_F(Compat, UnpackReadsNothingPastEnd) {
  use();
  EXPECT_THAT(run("return string.unpack('zB', 'abc')"), ::testing::HasSubstr("data string too short"));
  EXPECT_THAT(run("return string.unpack('zz', 'abc')"), ::testing::HasSubstr("unfinished string"));
  EXPECT_THAT(run("return string.unpack('z', 'abc', 5)"), ::testing::HasSubstr("initial position out of string"));
}

// Results and error messages of all other calls must not change, for function calls, method calls and pcall.
TEST_F(Compat, OtherUnpackCallsMatchLua) {
  constexpr const char* kCalls[] = {
      "return string.unpack('z', 'abc\\0def')",
      "return string.unpack('z', 'abc\\0def', 5 - 4)",
      "return string.unpack('!4 i1 !4 i4 s2', ('\\1'):rep(20))",
      "return string.unpack('>I2 <I2 =I2 x c3 f d n', ('\\1'):rep(60))",
      "return string.unpack('s1', '\\3abcd', 1)",
      "return string.unpack('B', 'abc', -1)",
      "return string.unpack('', 'abc')",
      "return string.unpack('I4', 'x')",
      "return ('I4'):unpack('x')",
      "local v = ('I4'):unpack('x') return v",
      "local v = ('I4'):unpack() return v",
      "local v = ('I4'):unpack({}) return v",
      "local v = ('I4'):unpack('abcd', 9) return v",
      "local v = ('I4'):unpack('abcd', 'x') return v",
      "local v = ('y'):unpack('x') return v",
      "local v = ('I99'):unpack('x') return v",
      "local v = string.unpack('s1', '\\5ab') return v",
      "local v = string.unpack() return v",
      "local v = string.unpack('I16', ('\\xff'):rep(8) .. ('\\1'):rep(8)) return v",
      "return pcall(string.unpack, 'I4', 'x')",
      "return pcall(string.unpack)",
      "return pcall(string.unpack, 'y', 'x')",
  };
  std::vector<std::string> before;
  for (const char* call : kCalls) before.push_back(run(call));
  use();
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(run(kCalls[i]), before[i]) << kCalls[i];
}

TEST_F(Compat, BitwiseOperatorsAcceptIntegerStrings) {
  use();
  EXPECT_EQ(run("return '7' & 2, 8 | '1', '0x0f' ~ '1', '1' << 4, 32 >> '1', ~'0', '6.0' & 3"), "2|9|14|16|16|-1|2");
  EXPECT_THAT(run("return 'abc' & 1"), ::testing::HasSubstr("attempt to perform bitwise operation on a string value"));
  EXPECT_THAT(run("return '1' & {}"), ::testing::HasSubstr("attempt to perform bitwise operation on a table value"));
  EXPECT_THAT(run("return '1.5' & 1"), ::testing::HasSubstr("number has no integer representation"));
  EXPECT_EQ(run("return '10' + 1, '3' * '4'"), "11|12");
  EXPECT_EQ(run("return setmetatable({}, {__band = function() return 'own' end}) & '1'"), "own");
}

TEST_F(Compat, FailedAllocationLeavesStateIntact) {
  use();
  sweep("return string.unpack('z', ('abc'):rep(50))");
  sweep("return pcall(string.unpack, 'I4', 'x' .. os.clock())");
}

}  // namespace
}  // namespace sluice::nse
