// SPDX-License-Identifier: Apache-2.0
#include "model/host_name.hpp"

#include <gtest/gtest.h>

namespace sluice::model {
namespace {

std::string show_name(std::string_view name) {
  const auto ascii = ascii_name(name);
  return ascii ? *ascii : "!" + ascii.error().message;
}

TEST(AsciiName, AsciiNamesAreUnchanged) {
  for (const char* name : {"", "a.example", "A_b-.example.", "xn--bcher-kva.example", "-x"})
    EXPECT_EQ(show_name(name), name);
}

TEST(AsciiName, NonAsciiLabelsBecomePunycode) {
  EXPECT_EQ(show_name("b\xc3\xbc"
                      "cher.example"),
            "xn--bcher-kva.example");
  EXPECT_EQ(show_name("B\xc3\x9c"
                      "CHER.example"),
            "xn--bcher-kva.example");
  EXPECT_EQ(show_name("bu\xcc\x88"
                      "cher.example"),
            "xn--bcher-kva.example");
  EXPECT_EQ(show_name("fa\xc3\x9f.example"), "xn--fa-hia.example");
  EXPECT_EQ(show_name("a\xe3\x80\x82\xe4\xbe\x8b"), "a.xn--fsq");
}

TEST(AsciiName, NamesInvalidInIdnaAreRefused) {
  EXPECT_TRUE(show_name("b\xfc"
                        "cher.example")
                  .starts_with("!'b\xfc"
                               "cher.example' is not an international host name: "));
  EXPECT_TRUE(show_name("a\xe2\x80\xae"
                        "b")
                  .starts_with("!"));
  EXPECT_TRUE(show_name(std::string("\xc3\xbc\0x", 4)).starts_with("!"));
  EXPECT_TRUE(show_name(std::string(70, 'a') + "\xc3\xbc.example").starts_with("!"));
}

}  // namespace
}  // namespace sluice::model
