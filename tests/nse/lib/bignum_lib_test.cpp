// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_NO_TLS

#include "nse/lib/bignum_lib.hpp"

#include "nse/lib/openssl_lib.hpp"
#include "support/lua_fixture.hpp"
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

class Bignum : public lua::LuaFixture {
 protected:
  Bignum() {
    open(open_openssl, "openssl");
    run(R"(
      dec, hex, bin = openssl.bignum_dec2bn, openssl.bignum_hex2bn, openssl.bignum_bin2bn
      function message(f, ...) return select(2, pcall(f, ...)) end)");
  }
};

TEST_F(Bignum, DigitsAreParsedUpToFirstInvalidDigit) {
  EXPECT_EQ(run("return dec'12x':todec(), dec'x':todec(), dec'':todec(), dec'-5':todec(), dec'-':todec()"),
            "12|0|0|-5|0");
  EXPECT_EQ(run("return hex'aBz':todec(), hex'0x12':todec(), hex'-ff':todec(), hex'':todec()"), "171|0|-255|0");
  EXPECT_EQ(run("return dec'123456789012345678901234567890':todec()"), "123456789012345678901234567890");
}

TEST_F(Bignum, TextAndBinaryFormsAreShortest) {
  EXPECT_EQ(run("return tostring(hex'fff'), hex'fff':tohex(), hex'fff':tobin() == '\\x0f\\xff', tostring(dec'0')"),
            "0FFF|0FFF|true|0");
  EXPECT_EQ(run("return #dec'0':tobin(), bin'':todec(), bin'\\0\\1\\0':todec()"), "0|0|256");
  EXPECT_EQ(run("return ('%q'):format(dec'128':tompi())"), run("return ('%q'):format('\\0\\0\\0\\2\\0\\x80')"));
  EXPECT_EQ(run("return ('%q'):format(dec'-1':tompi())"), run("return ('%q'):format('\\0\\0\\0\\1\\x81')"));
  EXPECT_EQ(run("return dec'255':num_bits(), dec'256':num_bits(), dec'256':num_bytes(), dec'0':num_bytes()"),
            "8|9|2|0");
}

TEST_F(Bignum, FunctionsAndMethodsAreEquivalent) {
  EXPECT_EQ(run(R"(
    local b = dec '65537'
    return openssl.bignum_bn2dec(b) == b:todec(), openssl.bignum_bn2hex(b) == b:tohex(),
      openssl.bignum_bn2bin(b) == b:tobin(), openssl.bignum_bn2mpi(b) == b:tompi(),
      openssl.bignum_num_bits(b) == b:num_bits(), openssl.bignum_num_bytes(b) == b:num_bytes(),
      openssl.bignum_is_prime(b) == b:is_prime())"),
            "true|true|true|true|true|true|true");
}

TEST_F(Bignum, BitsAreSetClearedAndTested) {
  EXPECT_EQ(run("local b = dec'0' b:set_bit(70) return b:todec()"), "1180591620717411303424");
  EXPECT_EQ(run("local b = dec'33' b:clear_bit(5) b:clear_bit(900) b:clear_bit(-1) return b:todec()"), "1");
  EXPECT_EQ(run("local b = dec'32' return b:is_bit_set(5), b:is_bit_set(4), b:is_bit_set(5000), b:is_bit_set(-1)"),
            "true|false|false|false");
  EXPECT_EQ(run("return select('#', dec'0':set_bit(1))"), "0");
  EXPECT_THAT(run("local b = dec'1' b:set_bit(-1)"), ::testing::HasSubstr("bit out of range"));
  EXPECT_THAT(run("local b = dec'1' b:set_bit(2^31-1)"), ::testing::HasSubstr("OpenSSL error: "));
}

TEST_F(Bignum, ArithmeticMatchesIntegers) {
  EXPECT_EQ(run("return openssl.bignum_add(dec'18446744073709551615', dec'1'):todec()"), "18446744073709551616");
  EXPECT_EQ(run("local q, r = openssl.bignum_div(dec'17', dec'5') return q:todec(), r:todec()"), "3|2");
  EXPECT_EQ(run("return openssl.bignum_mod_exp(dec'4', dec'13', dec'497'):todec()"), "445");
  EXPECT_THAT(run("return message(openssl.bignum_div, dec'1', dec'0')"), ::testing::HasSubstr("OpenSSL error: "));
  EXPECT_THAT(run("return message(openssl.bignum_mod_exp, dec'1', dec'1', dec'0')"),
              ::testing::HasSubstr("modulus is zero"));
  EXPECT_THAT(run("return dec'1' + dec'1'"), ::testing::HasSubstr("arithmetic on a BIGNUM value"));
}

TEST_F(Bignum, PrimesAndSafePrimesAreDistinguished) {
  EXPECT_EQ(run("return dec'7':is_prime(), dec'9':is_prime(), dec'1':is_prime(), dec'-7':is_prime()"),
            "true|false|false|false");
  EXPECT_EQ(run("return dec'7':is_safe_prime()"), "true|true");
  EXPECT_EQ(run("return dec'13':is_safe_prime()"), "false|true");
  EXPECT_EQ(run("return dec'15':is_safe_prime()"), "false|false");
}

TEST_F(Bignum, RandomNumberHasAtMostRequestedBits) {
  EXPECT_EQ(run(R"(
    local most = 0
    for i = 1, 300 do most = math.max(most, openssl.bignum_rand(10):num_bits()) end
    return most)"),
            "10");
  EXPECT_EQ(run("return openssl.bignum_pseudo_rand(0):todec()"), "0");
  EXPECT_THAT(run("return message(openssl.bignum_rand, -1)"), ::testing::HasSubstr("out of range"));
}

TEST_F(Bignum, LongCalculationsAreRefused) {
  const std::string refused = "the numbers are too large: this would take too long";
  run(R"(
    large, odd = hex(('f'):rep(200000)), hex(('f'):rep(4096))
    larger = hex(('f'):rep(2000000)))");
  for (const char* call : {"openssl.bignum_mod_exp(large, large, large)", "openssl.bignum_mod_exp(dec'3', large, odd)",
                           "openssl.bignum_mod_exp(larger, dec'1', larger)", "openssl.bignum_div(larger, larger)",
                           "larger:todec()", "dec(('9'):rep(2000000))", "large:is_prime()", "large:is_safe_prime()"})
    EXPECT_THAT(run(std::string("return message(function() return ") + call + " end)"), ::testing::HasSubstr(refused))
        << call;
  EXPECT_EQ(run("return openssl.bignum_mod_exp(dec'3', large, dec'1000007'):num_bits() < 21, "
                "openssl.bignum_mod_exp(odd, dec'3', odd):num_bits() == 0, #larger:tohex()"),
            "true|true|2000000");
}

TEST_F(Bignum, OtherValuesAndFinalizedBignumsAreRefused) {
  EXPECT_THAT(run("return message(openssl.bignum_bn2dec, 1)"), ::testing::HasSubstr("BIGNUM expected, got number"));
  EXPECT_THAT(run("return message(openssl.bignum_add, dec'1')"), ::testing::HasSubstr("bad argument #2"));
  EXPECT_THAT(run("return message(openssl.bignum_dec2bn)"), ::testing::HasSubstr("string expected"));
  EXPECT_THAT(run(R"(
    local b = dec '5'
    local finalize = getmetatable(b).__gc
    finalize(b) finalize(b) finalize(5) finalize(io.stdout)
    return message(openssl.bignum_bn2dec, b))"),
              ::testing::HasSubstr("BIGNUM expected"));
}

TEST_F(Bignum, FailedAllocationLeavesStateIntact) {
  sweep("local b = dec'123456789' return b:todec(), b:tohex(), b:tobin(), b:tompi(), tostring(b)");
  sweep("return hex'ff', bin'abc', openssl.bignum_rand(64)");
  sweep("return openssl.bignum_add(dec'1', dec'2'), openssl.bignum_div(dec'7', dec'2')");
  sweep("return openssl.bignum_mod_exp(dec'3', dec'4', dec'7')");
}

class IsPrime : public RuntimeFixture {};

TEST_F(IsPrime, ScriptTestingLargePrimeIsKilledBetweenRounds) {
  cpu.budget = std::chrono::milliseconds(80);
  EXPECT_EQ(act("local number = require 'openssl'.bignum_hex2bn('1' .. ('f'):rep(2422)) "  // 2^9689 - 1
                "while true do pcall(number.is_prime, number) end"),
            "killed");
}

}  // namespace
}  // namespace sluice::nse

#endif
