// SPDX-License-Identifier: Apache-2.0
#include "support/c_module.hpp"
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Scripts with a CPU budget of 80 ms.
class CpuWatchdog : public RuntimeFixture {
 protected:
  CpuWatchdog() { cpu.budget = 80ms; }
  /// Expects that the action is killed for its CPU budget, and that another script thread finishes.
  void expect_stopped(const std::string& action) {
    script("runaway", action);
    script("other", "stdnse.sleep(1) return 'fine'");
    start_port("other");
    start_port("runaway");
    run();
    EXPECT_EQ(result("runaway"), "killed");
    EXPECT_THAT(finished.at("runaway").message, HasSubstr("without waiting"));
    EXPECT_EQ(result("other"), "fine");
  }
};

TEST_F(CpuWatchdog, EndlessLoopIsKilledAndOtherThreadsContinue) { expect_stopped("while true do end"); }

TEST_F(CpuWatchdog, PcallDoesNotCatchKill) {
  expect_stopped("while true do pcall(function() while true do end end) end");
}

TEST_F(CpuWatchdog, XpcallHandlerDoesNotCatchKill) {
  expect_stopped("while true do xpcall(function() while true do end end, function() while true do end end) end");
}

TEST_F(CpuWatchdog, EndlessLoopInCoroutineIsKilled) {
  expect_stopped("local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end");
}

TEST_F(CpuWatchdog, EndlessLoopInNonYieldableCallIsKilled) {
  expect_stopped("while true do pcall(table.sort, {3, 1, 2}, function() while true do end end) end");
}

TEST_F(CpuWatchdog, EndlessCoroutineInNonYieldableCallIsKilled) {
  expect_stopped("table.sort({3, 1, 2}, function() pcall(coroutine.wrap(function() while true do end end)) end)");
}

TEST_F(CpuWatchdog, EndlessFinalizerIsStoppedAndScriptIsNotKilled) {
  script("leaves", "setmetatable({}, {__gc = function() while true do end end}) return 'left it'");
  start_port("leaves");
  run();
  EXPECT_EQ(result("leaves"), "left it");
  script("collects", "collectgarbage() return 'not its fault'");
  start_port("collects");
  run();
  EXPECT_EQ(result("collects"), "not its fault");
}

TEST_F(CpuWatchdog, EndlessFinalizerInNonYieldableCallKillsScript) {
  script("leaves", "setmetatable({}, {__gc = function() while true do end end}) return 'left it'");
  start_port("leaves");
  run();
  script("collects", "table.sort({2, 1}, function(a, b) collectgarbage() return a < b end) return 'never'");
  start_port("collects");
  run();
  EXPECT_EQ(result("collects"), "killed");
}

TEST_F(CpuWatchdog, EndlessCloseHandlerKillsScript) {
  script("closes", "local x <close> = setmetatable({}, {__close = function() while true do end end}) return 'x'");
  start_port("closes");
  run();
  EXPECT_EQ(result("closes"), "killed");
}

TEST_F(CpuWatchdog, EndlessLoadIsError) {
  EXPECT_THAT(load("endless", "while true do pcall(function() while true do end end) end"),
              HasSubstr("longer than its CPU budget"));
}

TEST_F(CpuWatchdog, EndlessTostringOfResultIsStopped) {
  script("shows", "return setmetatable({}, {__tostring = function() while true do end end})");
  start_port("shows");
  run();
  EXPECT_THAT(result("shows"), HasSubstr("cannot be shown"));
}

TEST_F(CpuWatchdog, ComputingBetweenWaitsIsNotKilled) {
  EXPECT_EQ(act("for _ = 1, 4 do local t = os.clock() while os.clock() - t < 0.04 do end stdnse.sleep(0.1) end "
                "return 'done'"),
            "done");
}

TEST_F(CpuWatchdog, ZeroBudgetMeansNoLimit) {
  cpu.budget = 0ms;
  EXPECT_EQ(act("local t = os.clock() while os.clock() - t < 0.3 do end return 'done'"), "done");
}

TEST_F(CpuWatchdog, ScriptStuckInCFunctionIsReportedAsStuck) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  options.unsafe_lua = true;
  make();
  EXPECT_EXIT(act(kSpin + "(1000)"), ::testing::ExitedWithCode(1),
              "act against host.example \\(192.0.2.1:80\\) is stuck");
}

TEST_F(CpuWatchdog, ReplacedXpcallAndSetmetatableBehaveAsInLua) {
  EXPECT_EQ(act("return table.concat({tostring(select('#', xpcall(function(...) return ... end, print, 1, nil, 3))), "
                "select(2, xpcall(error, function(m) return 'h' .. m end, 'x', 0)), "
                "tostring(pcall(setmetatable, 1, {})), tostring(pcall(setmetatable, {})), "
                "tostring(pcall(setmetatable, setmetatable({}, {__metatable = 1}), nil)), "
                "tostring(getmetatable(setmetatable({}, nil)))}, ' ')"),
            "4 hx false false false nil");
  EXPECT_EQ(act("local ok, v = xpcall(function() stdnse.sleep(1) return 'back' end, print) return v"), "back");
}

}  // namespace
}  // namespace sluice::nse
