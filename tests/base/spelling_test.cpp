// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sluice/spelling.hpp>

namespace sluice {
namespace {

TEST(SpellingDistance, ChangeAdditionOmissionAndSwapCountOneEach) {
  EXPECT_EQ(spelling_distance("script", "script"), 0u);
  EXPECT_EQ(spelling_distance("scirpt", "script"), 1u);
  EXPECT_EQ(spelling_distance("scrip", "script"), 1u);
  EXPECT_EQ(spelling_distance("sscript", "script"), 1u);
  EXPECT_EQ(spelling_distance("skript", "script"), 1u);
  EXPECT_EQ(spelling_distance("", "abc"), 3u);
}

TEST(ClosestWord, ResultIsFirstWordWithFewestErrorsWithinLimit) {
  const std::vector<std::string_view> known = {"default", "discovery", "vuln", "vulm"};
  EXPECT_EQ(closest_word("defualt", known), "default");
  EXPECT_EQ(closest_word("vul", known), "vuln");
  EXPECT_EQ(closest_word("ab", known), std::nullopt);
  EXPECT_EQ(closest_word("something", known), std::nullopt);
  EXPECT_EQ(closest_word(std::string(100000, 'd'), known), std::nullopt);
}

}  // namespace
}  // namespace sluice
