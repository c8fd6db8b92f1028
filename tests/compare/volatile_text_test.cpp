// SPDX-License-Identifier: Apache-2.0
#include "compare/volatile_text.hpp"

#include <gtest/gtest.h>

#include <sluice/compare.hpp>

namespace sluice::compare {

namespace {

std::string kept(std::string_view text) {
  VolatileKinds kinds = 0;
  return without_volatile(text, kinds);
}

TEST(WithoutVolatile, ReplacesTimes) {
  EXPECT_EQ(kept("at 2026-11-24T04:00:00.123Z"), "at <date>");
  EXPECT_EQ(kept("Date: Tue, 24 Nov 2026 04:00:00 GMT; x"), "Date: <date>; x");
  EXPECT_EQ(kept("Tue Nov 24 04:00:00 2026"), "<date>");
  EXPECT_EQ(kept("[24/Nov/2026:04:00:00 +0000]"), "[<date>]");
  EXPECT_EQ(kept("time 4:05:06"), "time <date>");
  EXPECT_EQ(kept("since 1795492800"), "since <epoch>");
  EXPECT_EQ(kept("up 3d04h05m, 2.5s, 12 seconds, 3 days"), "up <duration>, <duration>, <duration>, <duration>");
  EXPECT_EQ(kept("skew: -1s"), kept("skew: 2s"));
}

TEST(WithoutVolatile, ReplacesValuesOfKeys) {
  EXPECT_EQ(kept("Digest nonce=\"a+b/c1=\", realm=\"x\""), "Digest nonce=\"<session>\", realm=\"x\"");
  EXPECT_EQ(kept("JSESSIONID=0123ABCD; Path=/"), "JSESSIONID=<session>; Path=/");
  EXPECT_EQ(kept("  Thread ID: 44\n  Salt: ab;cdefg"), "  Thread ID: <counter>\n  Salt: ab;cdefg");
  EXPECT_EQ(kept("total_connections_received:17"), "total_connections_received:<counter>");
}

TEST(WithoutVolatile, KeepsWhatIdentifies) {
  for (const char* text :
       {"SHA-1: 0123 4567 89ab cdef", "Apache/2.4.52 (Ubuntu)", "00:11:22:33:44:55",
        "Not valid after: 2027-01-01T00:00:00", "2048 bits", "192.168.10.20:8080", "sidebar: left", "fe80::1:22:33",
        "SSH-2.0-OpenSSH_9.2p1", "OpenSSL 1.0.2h", "ab:2d:3d:4d", "0d12 4d5e", "session: closed", "TLSv1.2"})
    EXPECT_EQ(kept(text), text);
}

TEST(WithoutVolatile, ExamplesOfTheTableAreReplaced) {
  for (const VolatileText& kind : volatile_texts()) {
    VolatileKinds kinds = 0;
    without_volatile(kind.example, kinds);
    EXPECT_EQ(names_of(kinds), std::vector{kind.name});
  }
}

}  // namespace

}  // namespace sluice::compare
