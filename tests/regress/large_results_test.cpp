// SPDX-License-Identifier: Apache-2.0
// A script result of several megabytes of short lines blocked the run for minutes: the "| " of each line was inserted
// into the whole text. A table that contains itself twice was formatted to the deepest level, 2^100 times. Formatting
// cannot be interrupted, so the process was terminated.

#include <gmock/gmock.h>

#include "library/engine_fixture.hpp"
#include "output/script_text.hpp"

namespace sluice::engine {
namespace {

using LargeResult = EngineTest;
using testing::HasSubstr;
using testing::SizeIs;

TEST_F(LargeResult, TwoMillionLinesAreFormattedInLinearTime) {
  std::string lines;
  for (int line = 0; line < 2'000'000; ++line) lines += "line\n";
  const std::string text = output::script_text({"large", lines, std::nullopt});
  EXPECT_EQ(text.size(), lines.size() + 2'000'000 * 2 + std::string("large: ").size());
  EXPECT_TRUE(text.starts_with("| large: line\n| line\n"));
  EXPECT_TRUE(text.ends_with("\n| line\n|_line\n"));
}

TEST_F(LargeResult, RecursiveTableIsErrorOfOneScriptOnly) {
  script("knot",
         "hostrule = function() return true end\naction = function() local t = {} t.a = t t.b = t return t end");
  script("other", "hostrule = function() return true end\naction = function() return 'fine' end");
  EXPECT_EQ(run(), Engine::End::Finished);
  ASSERT_THAT(host()->scripts, SizeIs(2));
  EXPECT_THAT(host()->scripts[0].output, HasSubstr("cannot be shown: its tables are nested more than"));
  EXPECT_EQ(host()->scripts[1].output, "fine");
}

TEST_F(LargeResult, TableRepeatedMillionTimesIsError) {
  script("fan",
         "hostrule = function() return true end\n"
         "action = function() local t = {} for _ = 1, 30 do t = {t, t} end return t end");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(host()->scripts[0].output, HasSubstr("cannot be shown: it holds more than"));
}

// Deeper tables were omitted without a message.
TEST_F(LargeResult, TooDeepTableIsErrorAndNotTruncated) {
  script("deep",
         "hostrule = function() return true end\n"
         "action = function() local t = {'core'} for _ = 1, 120 do t = {t} end return t end");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(host()->scripts[0].output, HasSubstr("cannot be shown: its tables are nested more than 100 deep"));
}

TEST_F(LargeResult, TextBesideTooDeepTableIsShown) {
  script("deep",
         "hostrule = function() return true end\n"
         "action = function() local t = {'core'} for _ = 1, 120 do t = {t} end return t, 'the text' end");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(host()->scripts[0].output, testing::StartsWith("the text\nERROR: the result cannot be shown"));
}

}  // namespace
}  // namespace sluice::engine
