// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A grammar and a subject that need more than 2^30 steps.
constexpr const char* kEndless = R"(
  local lpeg = require 'lpeg'
  local endless = lpeg.P{'S', S = lpeg.V'A' * -1, A = (lpeg.P'a' * lpeg.V'A') * lpeg.P'b' + (lpeg.P'a' * lpeg.V'A') + lpeg.P'a'}
  local subject = ('a'):rep(60)
)";

class Lpeg : public RuntimeFixture {
 protected:
  Lpeg() { cpu.budget = 80ms; }
  /// Expects that the action is killed, and that LPeg works for another script.
  void expect_stopped(const std::string& action) {
    script("endless", kEndless + action);
    script("other", std::string(kEndless) + "stdnse.sleep(1) return tostring(endless:match('aaa'))");
    start_port("other");
    start_port("endless");
    run();
    EXPECT_EQ(result("endless"), "killed");
    EXPECT_THAT(finished.at("endless").message, HasSubstr("--script-burst"));
    EXPECT_EQ(result("other"), "4");
  }
};

TEST_F(Lpeg, VersionIsFunctionThatReturnsText) { EXPECT_EQ(act("return type(lpeg.version())"), "string"); }

TEST_F(Lpeg, ScriptInEndlessMatchIsKilled) {
  expect_stopped("while true do pcall(endless.match, endless, subject) end");
}

TEST_F(Lpeg, ScriptInEndlessMatchInCoroutineIsKilled) {
  expect_stopped("while true do pcall(coroutine.wrap(function() lpeg.match(endless, subject) end)) end");
}

TEST_F(Lpeg, ScriptInEndlessMatchInNonYieldableCallIsKilled) {
  expect_stopped("while true do pcall(table.sort, {3, 1, 2}, function() endless:match(subject) end) end");
}

TEST_F(Lpeg, ScriptInEndlessInnerMatchIsKilled) {
  expect_stopped("local outer = lpeg.Cmt(true, function() return endless:match(subject) end) outer:match 'x'");
}

TEST_F(Lpeg, ScriptInEndlessOuterMatchIsKilledAfterInnerErrors) {
  expect_stopped(R"(
    local inner = lpeg.P(function() error 'ends it' end)
    local outer = lpeg.Cmt(true, function()
      for depth = 1, 3 do pcall(function() return (function() inner:match 'x' end)() end) end
      return true
    end) * endless
    pcall(inner.match, inner, 'x')
    outer:match(subject))");
}

TEST_F(Lpeg, EndlessMatchDuringLoadIsError) {
  EXPECT_THAT(load("endless", std::string(kEndless) + "endless:match(subject)"),
              HasSubstr("longer than its CPU budget"));
}

TEST_F(Lpeg, NumberOverflowingSizeIsError) {
  EXPECT_EQ(act(R"(
    local lpeg = require 'lpeg'
    local refused = 0
    for _, call in ipairs {function() return lpeg.P(1 << 31) end, function() return lpeg.P(1) ^ (1 << 31) end,
                           function() return lpeg.P(1) ^ math.mininteger end, function() return -(lpeg.P(1) * 2^40) end} do
      if not pcall(call) then refused = refused + 1 end
    end
    return refused .. ' ' .. #lpeg.C(lpeg.P(3)):match('abcd'))"),
            "4 3");
}

TEST_F(Lpeg, PatternInUseIsNotFreed) {
  EXPECT_EQ(act(R"(
    local lpeg = require 'lpeg'
    local pattern
    pattern = lpeg.Cmt(true, function() getmetatable(pattern).__gc(pattern) return true end) * lpeg.C(lpeg.P 'a'^1)
    return pattern:match 'aaa')"),
            "aaa");
}

TEST_F(Lpeg, MatchResultsEqualLpegResults) {
  EXPECT_EQ(act(R"(
    local lpeg = require 'lpeg'
    local number = lpeg.R'09'^1 / tonumber
    local list = lpeg.Ct(number * (',' * number)^0)
    return table.concat(list:match('x1,22,3', 2), '+') .. tostring(lpeg.match('a', 'b')) ..
           tostring(select(2, pcall(lpeg.match))):match 'bad argument #1')"),
            "1+22+3nilbad argument #1");
}

}  // namespace
}  // namespace sluice::nse
