// SPDX-License-Identifier: Apache-2.0
#include "lua/pattern.hpp"

#include <gtest/gtest.h>

namespace sluice::lua {
namespace {

TEST(FurthestLook, ResultIsItemCountOfPatternWithoutRepetitions) {
  EXPECT_EQ(furthest_look(""), 0u);
  EXPECT_EQ(furthest_look("\r\n"), 2u);
  EXPECT_EQ(furthest_look("\r?\n"), 2u);
  EXPECT_EQ(furthest_look("(%d)[^%]]x?()%."), 4u);
  EXPECT_EQ(furthest_look("[]]-"), std::nullopt) << "a bracket that comes first belongs to the set";
  EXPECT_EQ(furthest_look("a$b"), 3u);
  EXPECT_EQ(furthest_look("*"), 1u) << "nothing is repeated";
}

TEST(FurthestLook, ResultIsUnknownForRepetitions) {
  for (const char* pattern : {"a*", "a+", "a-b", "[%s]*", ".*\n", "%b()", "(a)%1"})
    EXPECT_EQ(furthest_look(pattern), std::nullopt) << pattern;
}

TEST(FurthestLook, ResultIsUnknownForEndAnchorAndFrontier) {
  EXPECT_EQ(furthest_look("a$"), std::nullopt) << "the end of the subject";
  EXPECT_EQ(furthest_look("%f[a]"), std::nullopt) << "the byte before";
}

TEST(FurthestLook, ResultIsUnknownForMalformedPattern) {
  for (const char* pattern : {"%", "[", "[^", "[]", "[a%", "[a%]"}) EXPECT_EQ(furthest_look(pattern), std::nullopt);
}

}  // namespace
}  // namespace sluice::lua
