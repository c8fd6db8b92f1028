// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

class GarbageCollector : public RuntimeFixture {};

TEST_F(GarbageCollector, GarbageIsFinalizedWhenCollectReturns) {
  EXPECT_EQ(act(R"(
    local weak, finalized = setmetatable({}, {__mode = 'v'}), false
    weak[1] = setmetatable({}, {__gc = function() finalized = true end})
    weak[2] = {}
    local answer = collectgarbage()
    assert(answer == 0 and collectgarbage('collect') == 0)
    return tostring(weak[1]) .. tostring(weak[2]) .. tostring(finalized))"),
            "nilniltrue");
}

TEST_F(GarbageCollector, OtherThreadsRunDuringCollect) {
  script("heap", "local t = {} for i = 1, 300000 do t[i] = {} end nmap.registry.heap = t");
  script("collects", "nmap.registry.turns = 0 collectgarbage() return tostring(nmap.registry.turns > 0)");
  script("counts", R"(
    for i = 1, 100 do
      if nmap.registry.turns then nmap.registry.turns = nmap.registry.turns + 1 end
      stdnse.sleep(0)
    end)");
  start_port("heap");
  run();
  start_port("collects");
  start_port("counts");
  run();
  EXPECT_EQ(result("collects"), "true");
}

TEST_F(GarbageCollector, OneCycleServesAllWaitingThreads) {
  script("many", "collectgarbage() return 'done'");
  for (int i = 0; i < 2000; ++i) start_port("many");
  const std::uint64_t before = scheduler.resumes();
  run();
  EXPECT_EQ(ended, 2000u);
  // Two resumes of each thread, and a few of the garbage collector: far fewer than two cycles for each thread.
  EXPECT_LT(scheduler.resumes() - before, 4200u);
}

TEST_F(GarbageCollector, CollectUnderNonYieldableCallReturnsAtOnce) {
  EXPECT_EQ(act(R"(
    local answers = {}
    table.sort({2, 1}, function(a, b)
      answers[1] = collectgarbage()
      answers[2] = type(collectgarbage('step'))
      return a < b
    end)
    return table.concat(answers, ' '))"),
            "0 boolean");
}

TEST_F(GarbageCollector, StepReportsEndOfCycleAndLetsOtherThreadsRun) {
  script("steps", R"(
    nmap.registry.turns = 0
    local steps = 0
    repeat steps = steps + 1 until collectgarbage('step')
    assert(steps < 32 or nmap.registry.turns > 0)
    assert(collectgarbage('step', 1 << 20) ~= nil)
    return 'a cycle')");
  script("counts", "for i = 1, 1000 do nmap.registry.turns = (nmap.registry.turns or 0) + 1 stdnse.sleep(0) end");
  start_port("steps");
  start_port("counts");
  run();
  EXPECT_EQ(result("steps"), "a cycle");
}

TEST_F(GarbageCollector, StopByScriptDoesNotStopGarbageCollector) {
  EXPECT_EQ(act(R"(
    assert(collectgarbage('isrunning') and collectgarbage('stop') == 0 and not collectgarbage('isrunning'))
    local weak = setmetatable({{}}, {__mode = 'v'})
    for i = 1, 1000 do local t = {} for j = 1, 1000 do t[j] = {} end end
    local gone = weak[1] == nil
    assert(collectgarbage('restart') == 0 and collectgarbage('isrunning'))
    return tostring(gone))"),
            "true");
}

TEST_F(GarbageCollector, PreviousModeAndPauseAreReturned) {
  EXPECT_EQ(act(R"(
    local a = {collectgarbage('generational'), collectgarbage('incremental'), collectgarbage('incremental', 120)}
    a[#a + 1] = collectgarbage('setpause', 300)
    a[#a + 1] = collectgarbage('setpause', 200)
    a[#a + 1] = math.type(collectgarbage('count'))
    a[#a + 1] = tostring(pcall(collectgarbage, 'faster'))
    return table.concat(a, ' '))"),
            "incremental generational incremental 120 300 float false");
}

TEST_F(GarbageCollector, KilledWaiterLeavesQueue) {
  script("waits", "collectgarbage()");
  start_port("waits");
  scheduler.run_turn();
  runtime->kill(&host, event::Outcome::Killed);
  run();
  EXPECT_EQ(finished.at("waits").outcome, event::Outcome::Killed);
}

TEST_F(GarbageCollector, CollectInFinalizerReturnsNil) {
  EXPECT_EQ(act(R"(
    local answer = 'never ran'
    setmetatable({}, {__gc = function() answer = collectgarbage() end})
    collectgarbage()
    return tostring(answer))"),
            "nil");
}

TEST_F(GarbageCollector, OpenFileOfEndedThreadIsClosedInLaterTurns) {
  const auto open_files = [this] {
    std::size_t count = 0;
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code failure;
      if (std::filesystem::read_symlink(each, failure) == directory + "/left") ++count;
    }
    return count;
  };
  script("leaves", "require('io').open('" + directory + "/left', 'w'):write('x')");
  start_port("leaves");
  run();
  EXPECT_EQ(open_files(), 1u);
  while (scheduler.ready()) scheduler.run_turn();
  EXPECT_EQ(open_files(), 0u);
}

TEST_F(GarbageCollector, FileUsedByOtherThreadStaysOpen) {
  script("opens", "nmap.registry.file = require('io').open('" + directory + "/shared', 'w')");
  script("writes", "return tostring(nmap.registry.file:write('x') == nmap.registry.file)");
  start_port("opens");
  run();
  while (scheduler.ready()) scheduler.run_turn();
  start_port("writes");
  run();
  EXPECT_EQ(result("writes"), "true");
}

}  // namespace
}  // namespace sluice::nse
