#include "support/c_module.hpp"
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A burst of 80 ms of CPU, so that the tests are quick.
class Runaways : public RuntimeFixture {
 protected:
  Runaways() { cpu.budget = 80ms; }
  /// The action is stopped as a runaway, and the thread beside it goes on.
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

TEST_F(Runaways, EndlessLoopIsStoppedAndTheOthersGoOn) { expect_stopped("while true do end"); }

TEST_F(Runaways, PcallCannotCatchTheEnd) {
  expect_stopped("while true do pcall(function() while true do end end) end");
}

TEST_F(Runaways, XpcallHandlerCannotEither) {
  expect_stopped("while true do xpcall(function() while true do end end, function() while true do end end) end");
}

TEST_F(Runaways, CoroutineOfItsOwnIsStoppedToo) {
  expect_stopped("local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end");
}

TEST_F(Runaways, WhereItCannotYieldEveryInstructionRaises) {
  expect_stopped("while true do pcall(table.sort, {3, 1, 2}, function() while true do end end) end");
}

TEST_F(Runaways, CoroutineInsideOfWhatCannotYieldIsStoppedToo) {
  expect_stopped("table.sort({3, 1, 2}, function() pcall(coroutine.wrap(function() while true do end end)) end)");
}

TEST_F(Runaways, FinalizerIsStoppedToo) {
  script("leaves", "setmetatable({}, {__gc = function() while true do end end}) return 'left it'");
  start_port("leaves");
  run();
  EXPECT_EQ(result("leaves"), "left it");
  script("collects", "collectgarbage() return 'not its fault'");
  start_port("collects");
  run();
  EXPECT_EQ(result("collects"), "not its fault");
}

TEST_F(Runaways, FinalizerThatRunsWhereNothingCanYieldIsStoppedToo) {
  script("leaves", "setmetatable({}, {__gc = function() while true do end end}) return 'left it'");
  start_port("leaves");
  run();
  script("collects", "table.sort({2, 1}, function(a, b) collectgarbage() return a < b end) return 'never'");
  start_port("collects");
  run();
  EXPECT_EQ(result("collects"), "killed");
}

TEST_F(Runaways, VariableToBeClosedIsStoppedToo) {
  script("closes", "local x <close> = setmetatable({}, {__close = function() while true do end end}) return 'x'");
  start_port("closes");
  run();
  EXPECT_EQ(result("closes"), "killed");
}

TEST_F(Runaways, LoadThatNeverEndsIsAnError) {
  EXPECT_THAT(load("endless", "while true do pcall(function() while true do end end) end"),
              HasSubstr("longer than its CPU budget"));
}

TEST_F(Runaways, ResultThatNeverShowsItselfIsStopped) {
  script("shows", "return setmetatable({}, {__tostring = function() while true do end end})");
  start_port("shows");
  run();
  EXPECT_THAT(result("shows"), HasSubstr("cannot be shown"));
}

TEST_F(Runaways, BurstsWithPausesBetweenThemAreFine) {
  EXPECT_EQ(act("for _ = 1, 4 do local t = os.clock() while os.clock() - t < 0.04 do end stdnse.sleep(0.1) end "
                "return 'done'"),
            "done");
}

TEST_F(Runaways, NoBoundMeansNoBound) {
  cpu.budget = 0ms;
  EXPECT_EQ(act("local t = os.clock() while os.clock() - t < 0.3 do end return 'done'"), "done");
}

TEST_F(Runaways, OneStuckInsideACFunctionMeetsTheLastResort) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  options.unsafe_lua = true;
  make();
  EXPECT_EXIT(act(kSpin + "(1000)"), ::testing::ExitedWithCode(1),
              "act against host.example \\(192.0.2.1:80\\) is stuck");
}

TEST_F(Runaways, ReplacedFunctionsBehaveAsLuasDo) {
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
