// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/bit_lib.hpp"

#include "support/lua_fixture.hpp"

namespace sluice::nse {
namespace {

class Bit : public lua::LuaFixture {
 protected:
  Bit() {
    open(open_bit, "bit");
    open(open_bit32, "bit32");
  }
};

TEST_F(Bit, LogicalOperationsFoldAllArguments) {
  EXPECT_EQ(run("return bit.band(0xff, 0x3c, 0x0f), bit.bor(1, 2, 4), bit.bxor(7, 2, 1), bit.band(5)"), "12|7|4|5");
  EXPECT_EQ(run("return bit.bnot(0), bit.band(bit.bnot(0), 0xffffffff)"), "-1|4294967295");
}

TEST_F(Bit, ShiftsAreDefinedForEveryDistance) {
  EXPECT_EQ(run("return bit.lshift(1, 4), bit.rshift(256, 4), bit.lshift(1, -1), bit.rshift(1, -4)"), "16|16|0|16");
  EXPECT_EQ(run("return bit.lshift(1, 64), bit.rshift(-1, 64), bit.rshift(-1, 63), bit.lshift(1, math.mininteger)"),
            "0|0|1|0");
  EXPECT_EQ(run("return bit.arshift(-16, 2), bit.arshift(-1, 100), bit.arshift(16, 2), bit.arshift(1, -3)"),
            "-4|-1|4|8");
}

TEST_F(Bit, ModHasSignOfDividend) {
  EXPECT_EQ(run("return bit.mod(7, 4), bit.mod(-7, 4), bit.mod(math.mininteger, -1)"), "3|-3|0");
  EXPECT_THAT(run("return bit.mod(1, 0)"), ::testing::HasSubstr("division by zero"));
}

TEST_F(Bit, ArgumentsOfAWrongTypeAreErrors) {
  for (const char* call : {"band()", "bor(1, {})", "bnot('x')", "lshift(1)", "rshift(1.5, 1)", "arshift()", "mod(1)"})
    EXPECT_THAT(run(std::string("return bit.") + call), ::testing::HasSubstr("bad argument #")) << call;
}

TEST_F(Bit, NumbersOfBit32AreUnsignedAndHave32Bits) {
  EXPECT_EQ(run("return bit32.band(), bit32.bor(), bit32.bxor(), bit32.btest()"), "4294967295|0|0|true");
  EXPECT_EQ(run("return bit32.band(7, 5), bit32.bor(1, 8, 1 << 32), bit32.bxor(3, 1), bit32.btest(2, 1)"),
            "5|9|2|false");
  EXPECT_EQ(run("return bit32.bnot(0), bit32.bnot(-1), bit32.band(-1), bit32.band(3.0)"), "4294967295|0|4294967295|3");
}

TEST_F(Bit, ShiftsOfBit32AreDefinedForEveryDistance) {
  EXPECT_EQ(run("return bit32.lshift(1, 31), bit32.lshift(1, 32), bit32.lshift(8, -2)"), "2147483648|0|2");
  EXPECT_EQ(run("return bit32.rshift(-1, 28), bit32.rshift(1, -31), bit32.rshift(1, math.mininteger)"),
            "15|2147483648|0");
  EXPECT_EQ(run("return bit32.arshift(1 << 31, 4), bit32.arshift(-1, 99), bit32.arshift(4, -1)"),
            "4160749568|4294967295|8");
  EXPECT_EQ(run("return bit32.lrotate(0x80000001, 1), bit32.rrotate(1, 33), bit32.lrotate(1, -1)"),
            "3|2147483648|2147483648");
}

TEST_F(Bit, FieldsOfBit32MustLieWithinNumber) {
  EXPECT_EQ(run("return bit32.extract(0xABCD, 4, 8), bit32.extract(5, 2), bit32.extract(-1, 0, 32)"),
            "188|1|4294967295");
  EXPECT_EQ(run("return bit32.replace(0, 0xFF, 4, 4), bit32.replace(-1, 0, 0, 32), bit32.replace(0, 3, 31)"),
            "240|0|2147483648");
  EXPECT_THAT(run("return bit32.extract(1, 31, 2)"), ::testing::HasSubstr("trying to access non-existent bits"));
  EXPECT_THAT(run("return bit32.extract(1, -1)"), ::testing::HasSubstr("field cannot be negative"));
  EXPECT_THAT(run("return bit32.replace(1, 1, 0, 0)"), ::testing::HasSubstr("width must be positive"));
}

}  // namespace
}  // namespace sluice::nse
