#include "nse/bit_lib.hpp"

#include "support/lua_fixture.hpp"

namespace sluice::nse {
namespace {

class Bit : public lua::LuaFixture {
 protected:
  Bit() { open(open_bit, "bit"); }
};

TEST_F(Bit, LogicFoldsOverAllArguments) {
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

TEST_F(Bit, ModHasTheSignOfTheFirst) {
  EXPECT_EQ(run("return bit.mod(7, 4), bit.mod(-7, 4), bit.mod(math.mininteger, -1)"), "3|-3|0");
  EXPECT_THAT(run("return bit.mod(1, 0)"), ::testing::HasSubstr("division by zero"));
}

TEST_F(Bit, ArgumentsOfAWrongTypeAreErrors) {
  for (const char* call : {"band()", "bor(1, {})", "bnot('x')", "lshift(1)", "rshift(1.5, 1)", "arshift()", "mod(1)"})
    EXPECT_THAT(run(std::string("return bit.") + call), ::testing::HasSubstr("bad argument #")) << call;
}

}  // namespace
}  // namespace sluice::nse
