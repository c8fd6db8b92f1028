// SPDX-License-Identifier: Apache-2.0
#include "service/fingerprint.hpp"

#include <gtest/gtest.h>

#include <vector>

// The expected texts were recorded with nmap 7.93, except for the version (docs/nse-compat.md).

namespace sluice::service {
namespace {

using Responses = std::vector<FingerprintResponse>;

FingerprintHeader header() {
  return {25111, Protocol::Tcp, "7.93", false, 7, 11, 3, 0x6B0CD5B3, "x86_64-pc-linux-gnu"};
}

TEST(Fingerprint, HeaderAndResponsesFormOneLine) {
  using namespace std::literals;
  EXPECT_EQ(fingerprint(header(), Responses{{"NULL", ""}, {"P1", "\0\0001\09\0a\0"sv}, {"P2", "x"}}),
            "SF-Port25111-TCP:V=7.93%I=7%D=11/3%Time=6B0CD5B3%P=x86_64-pc-linux-gnu%r(P1,8,\"\\0\\x001\\x009\\0a\\0\")"
            "%r(P2,1,\"x\");");
}

TEST(Fingerprint, TlsFieldFollowsVersion) {
  FingerprintHeader with_tls = header();
  with_tls.tls = true;
  with_tls.protocol = Protocol::Udp;
  EXPECT_TRUE(fingerprint(with_tls, Responses{{"A", "x"}}).starts_with("SF-Port25111-UDP:V=7.93%T=SSL%I=7%D="));
}

TEST(Fingerprint, EmptyResponsesGiveEmptyFingerprint) { EXPECT_EQ(fingerprint(header(), Responses{{"NULL", ""}}), ""); }

TEST(Fingerprint, AllBytesAreEscapedAsInNmap) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const std::string text = fingerprint(header(), Responses{{"A", all}});
  std::string expected =
      "%r(A,100,"
      "\"\\0\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\x08\\t\\n\\x0b\\x0c\\r\\x0e\\x0f\\x10\\x11\\x12\\x13\\x14\\x15\\x16\\x"
      "17"
      "\\x18\\x19\\x1a\\x1b\\x1c\\x1d\\x1e\\x1f\\x20!\\\"#\\$%&'\\(\\)\\*\\+,-\\./"
      "0123456789:;<=>\\?@ABCDEFGHIJKLMNOPQRSTUVWXYZ\\["
      "\\\\\\]\\^_`abcdefghijklmnopqrstuvwxyz{\\|}~\\x7f";
  for (int c = 128; c < 256; ++c) {
    char code[8];
    std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(c));
    expected += code;
  }
  EXPECT_EQ(text.substr(text.find("%r")), expected + "\");");
}

TEST(Fingerprint, ResponsesAreTruncatedAfterNineHundredBytes) {
  const std::string bytes = std::string(899, '\x01') + std::string(1, '\0') + "1";
  const std::string text = fingerprint(header(), Responses{{"P1", bytes}});
  EXPECT_NE(text.find("%r(P1,385,\""), std::string::npos);
  EXPECT_TRUE(text.ends_with("\\x01\\0\");")) << text.substr(text.size() - 20);
}

/// A response of any length is added behind 2084 characters and not behind 2085 (found by bisection, with nmap 7.93).
TEST(Fingerprint, ResponsesBehindLengthLimitAreOmitted) {
  const std::string a(900, 'a'), b(900, 'b'), long_text(900, '\x01');
  for (const std::string& last : {std::string("d"), long_text})
    for (std::size_t size : {175, 176}) {
      const std::string c(size, 'c');
      Responses responses{{"P1", a}, {"P2", b}, {"P3", c}, {"P4", last}, {"P5", "e"}};
      FingerprintHeader tuned = header();
      tuned.day = 30;  // makes the header as long as the recorded one: 71 characters
      const std::string text = fingerprint(tuned, responses);
      const std::size_t at = text.find("%r(P4");
      if (size == 175)
        EXPECT_EQ(at, 2084u);
      else
        EXPECT_EQ(at, std::string::npos);
      EXPECT_EQ(text.find("%r(P5"), std::string::npos);
    }
}

}  // namespace
}  // namespace sluice::service
