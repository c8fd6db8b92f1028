// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OsExit : public RuntimeFixture {
 protected:
  /// Expects that the action is killed by os.exit, and that another script finishes.
  void expect_exit(const std::string& action) {
    script("exits", action);
    script("other", "stdnse.sleep(100) return 'fine'");
    start_port("other");
    start_port("exits");
    run();
    EXPECT_EQ(result("exits"), "killed");
    EXPECT_EQ(finished.at("exits").message, "called os.exit");
    EXPECT_EQ(result("other"), "fine");
  }
};

TEST_F(OsExit, ExitUnderPcallKillsOneScriptOnly) { expect_exit("while true do pcall(os.exit, 3) end"); }

TEST_F(OsExit, ExitInCoroutineKillsScript) {
  expect_exit("local co = coroutine.wrap(function() pcall(os.exit) end) while true do pcall(co) end");
}

TEST_F(OsExit, ExitInNonYieldableCallKillsScript) {
  expect_exit("while true do pcall(table.sort, {3, 1, 2}, function() os.exit() end) end");
}

TEST_F(OsExit, ExitInTostringOfResultKillsScript) { expect_exit("return setmetatable({}, {__tostring = os.exit})"); }

TEST_F(OsExit, ExitUnderPcallInTostringOfFieldKillsScript) {
  expect_exit("return {field = setmetatable({}, {__tostring = function() while true do pcall(os.exit) end end})}");
}

TEST_F(OsExit, ExitInTostringOfTextKillsScript) {
  expect_exit("return {}, setmetatable({}, {__tostring = function() xpcall(os.exit, os.exit) return 'not here' end})");
}

TEST_F(OsExit, ExitInPairsOfResultKillsScript) {
  expect_exit("return setmetatable({}, {__pairs = function() pcall(os.exit) return 'not here' end})");
}

TEST_F(OsExit, ExitInCoroutineInTostringOfResultKillsScript) {
  expect_exit(
      "return setmetatable({}, {__tostring = coroutine.wrap(function() while true do pcall(os.exit) end end)})");
}

TEST_F(OsExit, ExitInTostringOfResultKillsChildThreads) {
  script("exits", R"(
    stdnse.new_thread(function()
      local ended <close> = setmetatable({}, {__close = function() end})
      stdnse.sleep(1000)
    end)
    return setmetatable({}, {__tostring = function() os.exit() end}))");
  start_port("exits");
  run();
  EXPECT_EQ(result("exits"), "killed");
  EXPECT_LT(clock.now().time_since_epoch(), std::chrono::seconds(900));
}

TEST_F(OsExit, ExitKillsChildThreads) {
  script("exits", R"(
    nmap.registry.ends = {}
    for name = 1, 3 do
      stdnse.new_thread(function()
        local ended <close> = setmetatable({}, {__close = function() table.insert(nmap.registry.ends, name) end})
        stdnse.sleep(1000)
      end)
    end
    stdnse.sleep(1)
    os.exit())");
  start_port("exits");
  run();
  EXPECT_LT(clock.now().time_since_epoch(), std::chrono::seconds(900));
  EXPECT_EQ(act("return table.concat(nmap.registry.ends, ' ')"), "1 2 3");
}

TEST_F(OsExit, ExitOfChildThreadKillsScript) {
  script("exits", "stdnse.new_thread(function() stdnse.sleep(1) os.exit() end) stdnse.sleep(1000) return 'not here'");
  start_port("exits");
  run();
  EXPECT_EQ(result("exits"), "killed");
  EXPECT_EQ(finished.at("exits").message, "called os.exit");
}

TEST_F(OsExit, ExitDoesNotKillOtherInstances) {
  script("exits",
         "stdnse.new_thread(stdnse.sleep, 5) stdnse.sleep(1) if port.number == 80 then os.exit() end return 'fine'");
  start_port("exits", 1);
  start_port("exits", 2);
  run();
  EXPECT_EQ(ended, 2u);
  EXPECT_EQ(result("exits"), "fine");
}

TEST_F(OsExit, ExitInRuleFailsScript) {
  ASSERT_EQ(load("exits", "portrule = function() pcall(os.exit) end action = function() return 'not here' end"), "");
  start_port("exits");
  run();
  EXPECT_EQ(result("exits"), "failed: its rule called os.exit");
  ASSERT_TRUE(finished.at("exits").result);
  EXPECT_THAT(finished.at("exits").result->output, HasSubstr("ERROR: Script execution failed"));
}

TEST_F(OsExit, ExitInFinalizerKillsNoScript) {
  script("leaves", "setmetatable({}, {__gc = os.exit}) return 'left it'");
  start_port("leaves");
  run();
  script("collects", "collectgarbage() collectgarbage() return 'fine'");
  start_port("collects");
  run();
  EXPECT_EQ(result("leaves"), "left it");
  EXPECT_EQ(result("collects"), "fine");
}

TEST_F(OsExit, ExitDuringLoadIsUncatchableError) {
  const std::string rest = " portrule = function() return true end action = function() end";
  EXPECT_THAT(load("exits", "os.exit()" + rest), HasSubstr("exits.nse: calls os.exit while it is loaded"));
  EXPECT_THAT(load("catches", "pcall(os.exit)" + rest), HasSubstr("catches.nse: calls os.exit while it is loaded"));
  EXPECT_THAT(load("harmless", rest), IsEmpty());
}

}  // namespace
}  // namespace sluice::nse
