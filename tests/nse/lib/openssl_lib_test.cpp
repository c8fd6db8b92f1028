// SPDX-License-Identifier: Apache-2.0
#ifndef SLUICE_NO_TLS

#include "nse/lib/openssl_lib.hpp"

#include "support/lua_fixture.hpp"

namespace sluice::nse {
namespace {

class Openssl : public lua::LuaFixture {
 protected:
  Openssl() {
    open(open_openssl, "openssl");
    run(R"(
      function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
      function raw(s) return (s:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)) end
      function message(f, ...) return select(2, pcall(f, ...)) end)");
  }
};

TEST_F(Openssl, DigestsMatchTestVectors) {
  EXPECT_EQ(run("return hex(openssl.md4 'abc')"), "a448017aaf21d8525fc10ae87aa6729d");           // RFC 1320
  EXPECT_EQ(run("return hex(openssl.md5 'abc')"), "900150983cd24fb0d6963f7d28e17f72");           // RFC 1321
  EXPECT_EQ(run("return hex(openssl.sha1 'abc')"), "a9993e364706816aba3e25717850c26c9cd0d89d");  // FIPS 180
  EXPECT_EQ(run("return hex(openssl.ripemd160 'abc')"), "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
  EXPECT_EQ(run("return hex(openssl.digest('SHA256', 'abc'))"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(run("return hex(openssl.digest('sha1', ''))"), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(run("return hex(openssl.digest('md5', 'a\\0b'))"), "70350f6027bce3713f6b76473084309b");
}

TEST_F(Openssl, HmacMatchesRfc2202) {
  EXPECT_EQ(run("return hex(openssl.hmac('md5', 'Jefe', 'what do ya want for nothing?'))"),
            "750c783e6ab0b503eaa86e310a5db738");
  EXPECT_EQ(run("return hex(openssl.hmac('sha1', ('\\x0b'):rep(20), 'Hi There'))"),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(run("return hex(openssl.hmac('md5', '', ''))"), "74e6f7298a9c2d168935f58c001bad88");
}

TEST_F(Openssl, ErrorNamesUnknownAlgorithm) {
  EXPECT_EQ(run("return message(openssl.digest, 'nope', 'x')"), "Unknown digest algorithm: nope");
  EXPECT_EQ(run("return message(openssl.hmac, 'nope', 'k', 'x')"), "Unknown digest algorithm: nope");
  EXPECT_EQ(run("return message(openssl.encrypt, 'nope', 'k', nil, 'x')"), "Unknown cipher algorithm: nope");
}

TEST_F(Openssl, CiphersMatchTestVectors) {
  // NIST SP 800-38A, F.2.1 and F.1.1
  run("key = raw '2b7e151628aed2a6abf7158809cf4f3c'; block = raw '6bc1bee22e409f96e93d7e117393172a'");
  EXPECT_EQ(run("return hex(openssl.encrypt('aes-128-cbc', key, raw '000102030405060708090a0b0c0d0e0f', block))"),
            "7649abac8119b246cee98e9b12e9197d");
  EXPECT_EQ(run("return hex(openssl.encrypt('aes-128-ecb', key, nil, block))"), "3ad77bb40d7a3660a89ecaf32466ef97");
  EXPECT_EQ(
      run("return openssl.decrypt('aes-128-ecb', key, '', openssl.encrypt('aes-128-ecb', key, '', block)) == block"),
      "true");
  // Ciphers of the legacy provider: RC4 (key of RFC 6229), DES (FIPS 81)
  EXPECT_EQ(run("return hex(openssl.encrypt('rc4', raw '0102030405', nil, ('\\0'):rep(16)))"),
            "b2396305f03dc027ccc3524a0a1118a8");
  EXPECT_EQ(run("return hex(openssl.encrypt('des-ecb', raw '0123456789abcdef', nil, 'Now is t'))"), "3fa40e8a984d4815");
}

TEST_F(Openssl, PaddingIsOffUnlessRequested) {
  run("key = ('k'):rep(16)");
  EXPECT_THAT(run("return message(openssl.encrypt, 'aes-128-cbc', key, nil, ('d'):rep(15))"),
              ::testing::StartsWith("OpenSSL error: error:1C80006B:"));
  EXPECT_EQ(run("return #openssl.encrypt('aes-128-cbc', key, nil, ('d'):rep(16))"), "16");
  EXPECT_EQ(run("return #openssl.encrypt('aes-128-cbc', key, nil, ('d'):rep(16), true)"), "32");
  EXPECT_EQ(run("return openssl.decrypt('aes-128-cbc', key, nil, openssl.encrypt('aes-128-cbc', key, nil, 'abc', "
                "true), true)"),
            "abc");
  EXPECT_EQ(run("return openssl.encrypt('aes-128-cbc', key, nil, '') == ''"), "true");
  EXPECT_THAT(run("return message(openssl.decrypt, 'aes-128-cbc', key, nil, ('x'):rep(16), true)"),
              ::testing::StartsWith("OpenSSL error: "));
}

TEST_F(Openssl, KeysAndIvsOfAWrongLengthAreErrors) {
  EXPECT_EQ(run("return message(openssl.encrypt, 'aes-128-cbc', ('k'):rep(16), 'abc', 'x')"),
            "Length of iv is 3; should be 16");
  EXPECT_EQ(run("return message(openssl.encrypt, 'aes-128-cbc', ('k'):rep(16), '\\0\\0\\0', 'x')"),
            "Length of iv is 3; should be 16");
  EXPECT_THAT(run("return message(openssl.encrypt, 'aes-128-cbc', ('k'):rep(15), nil, ('d'):rep(16))"),
              ::testing::StartsWith("OpenSSL error: error:03000082:"));
  EXPECT_THAT(run("return message(openssl.encrypt, 'rc4', '', nil, 'abc')"),
              ::testing::StartsWith("OpenSSL error: error:03000082:"));
}

TEST_F(Openssl, DesStringToKeySpreadsSevenBitsPerByte) {
  EXPECT_EQ(run("return hex(openssl.DES_string_to_key '1234567')"), "30988c6642a8d86e");
  EXPECT_EQ(run("return hex(openssl.DES_string_to_key(('\\xff'):rep(7)))"), "fefefefefefefefe");
  EXPECT_EQ(run("return message(openssl.DES_string_to_key, '123456')"), "String must have length of 7 bytes.");
}

TEST_F(Openssl, RandomBytesHaveRequestedLengthAndDiffer) {
  EXPECT_EQ(run("return #openssl.rand_bytes(10), #openssl.rand_pseudo_bytes(3), #openssl.rand_bytes(0)"), "10|3|0");
  EXPECT_EQ(run("return openssl.rand_bytes(16) == openssl.rand_bytes(16)"), "false");
  EXPECT_THAT(run("return message(openssl.rand_bytes, -1)"), ::testing::HasSubstr("out of range"));
}

TEST_F(Openssl, RandomBytesBeyondMemoryLimitAreError) {
  home().limit = 8 << 20;
  EXPECT_THAT(run("return message(openssl.rand_bytes, 1 << 30)"), ::testing::HasSubstr("not enough memory"));
}

TEST_F(Openssl, SupportedNamesAreSortedAndComplete) {
  EXPECT_EQ(run(R"(
    local function sorted_with(names, wanted)
      local found = false
      for i, name in ipairs(names) do
        if i > 1 and names[i - 1] >= name then return "not sorted at " .. name end
        found = found or name == wanted
      end
      return found
    end
    return sorted_with(openssl.supported_digests(), "RSA-MD5"), sorted_with(openssl.supported_digests(), "sha256"),
           sorted_with(openssl.supported_ciphers(), "aes-128-cbc"), sorted_with(openssl.supported_ciphers(), "rc4"))"),
            "true|true|true|true");
}

TEST_F(Openssl, ArgumentsOfAWrongTypeAreErrors) {
  EXPECT_THAT(run("return message(openssl.digest, 'md5')"), ::testing::StartsWith("bad argument #2 to "));
  EXPECT_THAT(run("return message(openssl.md5)"), ::testing::StartsWith("bad argument #1 to "));
  EXPECT_THAT(run("return message(openssl.hmac, 'md5', {}, 'x')"), ::testing::StartsWith("bad argument #2 to "));
  EXPECT_THAT(run("return message(openssl.encrypt, 'rc4', 'k', {}, 'x')"),
              ::testing::StartsWith("bad argument #3 to "));
  EXPECT_THAT(run("return message(openssl.decrypt, 'rc4', 'k', nil)"), ::testing::StartsWith("bad argument #4 to "));
  EXPECT_THAT(run("return message(openssl.rand_bytes, '3x')"), ::testing::StartsWith("bad argument #1 to "));
  EXPECT_THAT(run("return message(openssl.DES_string_to_key)"), ::testing::StartsWith("bad argument #1 to "));
}

TEST_F(Openssl, FailedAllocationLeavesStateIntact) {
  sweep("local a, b = openssl.md5('abc' .. os.clock()), openssl.hmac('sha256', 'key', 'data' .. os.clock())");
  sweep(
      "openssl.decrypt('aes-128-cbc', ('k'):rep(16), nil, openssl.encrypt('aes-128-cbc', ('k'):rep(16), nil, 'x', "
      "true), true)");
  sweep("openssl.rand_bytes(100)");
  sweep("pcall(error, {}) return openssl.supported_digests()");
}

}  // namespace
}  // namespace sluice::nse

#endif
