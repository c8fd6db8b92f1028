// SPDX-License-Identifier: Apache-2.0
#include "model/mac_vendors.hpp"

#include <gtest/gtest.h>

namespace sluice::model {
namespace {

const MacVendors kVendors = MacVendors::parse(
    "# a comment\n"
    "001122 Six Digits Inc.\n"
    "0011223 Seven\r\n"
    "\n"
    "  001122334\tNine Digits  \n"
    "AABBCC");

TEST(MacVendors, LongestPrefixDeterminesVendor) {
  EXPECT_EQ(kVendors.of_digits("001122000000"), "Six Digits Inc.");
  EXPECT_EQ(kVendors.of_digits("001122300000"), "Seven");
  EXPECT_EQ(kVendors.of_digits("001122334000"), "Nine Digits");
}

TEST(MacVendors, RawBytesAreLookedUpLikeDigits) {
  EXPECT_EQ(kVendors.of(std::string_view("\x00\x11\x22\x33\x45\x66", 6)), "Nine Digits");
}

TEST(MacVendors, UnknownPrefixHasNoVendor) {
  EXPECT_EQ(kVendors.of_digits("FFFFFF000000"), "");
  EXPECT_EQ(kVendors.of_digits("AABBCC000000"), "") << "a line without a vendor";
  EXPECT_EQ(MacVendors().of_digits("001122000000"), "");
}

}  // namespace
}  // namespace sluice::model
