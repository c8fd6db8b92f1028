// SPDX-License-Identifier: Apache-2.0
#include "lua/syntax.hpp"

#include <gtest/gtest.h>

namespace sluice::lua {
namespace {

TEST(FindSyntaxError, ErrorHasLineAndTextOfLua) {
  const auto error = find_syntax_error("#!/bin/lua\nlocal x = 1\nx = = 2");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->line, 3U);
  EXPECT_EQ(error->text, "unexpected symbol near '='");
}

TEST(FindSyntaxError, MistakesOfMeaningAreFound) {
  EXPECT_EQ(find_syntax_error("\nbreak").value_or(SyntaxError{}).line, 2U);
  EXPECT_EQ(find_syntax_error("\ngoto l\n\n").value_or(SyntaxError{}).line, 2U);
  EXPECT_TRUE(find_syntax_error("local x <const> = 1 x = 2"));
  EXPECT_EQ(find_syntax_error("x = 1\nend").value_or(SyntaxError{}).line, 2U);
  EXPECT_TRUE(find_syntax_error("\x1bLua"));
}

TEST(FindSyntaxError, CorrectSourceIsNotRun) {
  EXPECT_FALSE(find_syntax_error("error('run') while true do end"));
  EXPECT_FALSE(find_syntax_error("return 1 -- comment"));
}

}  // namespace
}  // namespace sluice::lua
