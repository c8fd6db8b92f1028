// SPDX-License-Identifier: Apache-2.0
#include "cli/colour.hpp"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <cstdlib>

namespace sluice::cli {
namespace {

struct ColourChoice : testing::Test {
  ColourChoice() {
    EXPECT_EQ(openpty(&ours, &terminal, nullptr, nullptr, nullptr), 0);
    EXPECT_EQ(pipe(ends), 0);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
  }
  ~ColourChoice() override {
    for (const int descriptor : {ours, terminal, ends[0], ends[1]}) close(descriptor);
    unsetenv("NO_COLOR");
  }
  int ours = -1, terminal = -1, ends[2] = {-1, -1};
};

TEST_F(ColourChoice, AutoMeansColourAtTerminalOnly) {
  EXPECT_TRUE(wants_colour(Colour::Auto, terminal));
  EXPECT_FALSE(wants_colour(Colour::Auto, ends[1]));
}

TEST_F(ColourChoice, NoColorVariableForbidsAutoColourUnlessEmpty) {
  setenv("NO_COLOR", "0", 1);
  EXPECT_FALSE(wants_colour(Colour::Auto, terminal));
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(wants_colour(Colour::Auto, terminal));
}

TEST_F(ColourChoice, TerminalWithoutControlFunctionsHasNoAutoColour) {
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(wants_colour(Colour::Auto, terminal));
  unsetenv("TERM");
  EXPECT_FALSE(wants_colour(Colour::Auto, terminal));
}

TEST_F(ColourChoice, OptionCountsMoreThanEnvironment) {
  setenv("NO_COLOR", "1", 1);
  setenv("TERM", "dumb", 1);
  EXPECT_TRUE(wants_colour(Colour::Always, ends[1]));
  unsetenv("NO_COLOR");
  setenv("TERM", "xterm", 1);
  EXPECT_FALSE(wants_colour(Colour::Never, terminal));
}

}  // namespace
}  // namespace sluice::cli
