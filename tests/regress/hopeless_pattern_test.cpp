// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// With a page of 420 kB, one pattern of http-title ran for minutes inside Lua's string library, which cannot be
// interrupted. The process was terminated, and the run lost its unfinished hosts.
class PatternMatch : public RuntimeFixture {
 protected:
  PatternMatch() { cpu.budget = 80ms; }
  /// Expects that the action is killed inside a call, and that another script thread finishes.
  void expect_stopped(const std::string& action) {
    script("hopeless", "local page = string.rep('<title', 70000) " + action);
    script("other", "stdnse.sleep(1) return 'fine'");
    start_port("other");
    start_port("hopeless");
    run();
    EXPECT_EQ(result("hopeless"), "killed");
    EXPECT_THAT(finished.at("hopeless").message, HasSubstr("without waiting"));
    EXPECT_EQ(result("other"), "fine");
  }
};

TEST_F(PatternMatch, ScriptInEndlessMatchIsKilled) { expect_stopped("return page:match('<[^>]*t+[^>]*>')"); }

TEST_F(PatternMatch, ScriptInEndlessFindIsKilled) { expect_stopped("return page:find('.-t.-t.->')"); }

TEST_F(PatternMatch, ScriptInEndlessFindWithoutMatchIsKilled) { expect_stopped("return page:rep(20):find('.-x')"); }

TEST_F(PatternMatch, ScriptInEndlessGmatchIsKilled) { expect_stopped("for word in page:gmatch('%a+[^>]*%a>') do end"); }

TEST_F(PatternMatch, ScriptInEndlessGsubIsKilled) { expect_stopped("return (page:gsub('%f[<]%W?.-%d', ''))"); }

TEST_F(PatternMatch, ScriptInEndlessBalanceMatchIsKilled) { expect_stopped("return page:match('%b<>')"); }

TEST_F(PatternMatch, PcallDoesNotCatchKill) {
  expect_stopped("while true do pcall(string.find, page, '.-t.-t.->') end");
}

TEST_F(PatternMatch, ScriptWithMatchWithinBudgetIsNotKilled) {
  script("title", "return (string.rep('<title', 7000) .. '><title>x</title>'):match('<title[^>]*>([^<]*)</title>')");
  start_port("title");
  run();
  EXPECT_EQ(result("title"), "x");
}

}  // namespace
}  // namespace sluice::nse
