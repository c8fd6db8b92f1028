// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

/// Threads are preempted after 20 ms of CPU time, then every 5 ms. One slot.
class Preemption : public RuntimeFixture {
 protected:
  Preemption() : RuntimeFixture({1, 1}) {
    cpu.preempt_after = 20ms;
    cpu.slice = 5ms;
  }
  /// A Lua line that uses `seconds` of CPU time.
  static std::string compute(const std::string& seconds) {
    return "do local t = os.clock() while os.clock() - t < " + seconds + " do end end\n";
  }
  /// A Lua line that computes until the counter script has run, for 10 s of CPU time at most.
  static std::string compute_until_others_run() {
    return "do local before, t = nmap.registry.turns, os.clock()\n"
           "while nmap.registry.turns == before do if os.clock() - t > 10 then error('was not preempted') end end "
           "end\n";
  }
  /// Runs the action beside a counter script, which counts its resumes in nmap.registry.turns.
  std::string act_beside_counter(const std::string& action) {
    script("counter",
           "while not nmap.registry.over do nmap.registry.turns = (nmap.registry.turns or 0) + 1 stdnse.sleep(0) end");
    script("act", "nmap.registry.turns = 0\n" + action);
    start_port("counter");
    start_port("act");
    run();
    return result("act");
  }
};

TEST_F(Preemption, OtherThreadsRunWhileScriptComputes) {
  EXPECT_EQ(act_beside_counter(compute_until_others_run() + compute_until_others_run() +
                               "nmap.registry.over = true return 'went on'"),
            "went on");
}

TEST_F(Preemption, ThreadBelowCpuLimitIsNotPreempted) {
  cpu = {};
  EXPECT_THAT(act_beside_counter(compute("0.3") + "nmap.registry.over = true return nmap.registry.turns == 0"),
              HasSubstr("true"));
}

TEST_F(Preemption, LocalsLoopsAndErrorsAreUnaffected) {
  EXPECT_EQ(act(R"(
    local sum, text = 0, {}
    for round = 1, 40 do
      local ok, why = pcall(function()
        for i = 1, 40000 do sum = sum + i % 7 end
        error({round})
      end)
      text[#text + 1] = why[1]
    end
    return sum .. ' ' .. table.concat(text, ','):sub(1, 9))"),
            "4799880 1,2,3,4,5");
}

TEST_F(Preemption, PreemptionInNestedCoroutinesIsInvisible) {
  EXPECT_THAT(act_beside_counter(R"(
    local seen = {}
    local function work(depth)
      return function(...)
        seen[#seen + 1] = select('#', ...)
        )" + compute_until_others_run() +
                                 R"(
        if depth > 0 then
          for value in coroutine.wrap(work(depth - 1)) do seen[#seen + 1] = value end
        end
        coroutine.yield('d' .. depth)
        assert(coroutine.isyieldable())
      end
    end
    local co = coroutine.wrap(work(2))
    local first = co(1, 2)
    seen[#seen + 1] = first
    co()
    nmap.registry.over = true
    return table.concat(seen, ' '))"),
              "2 2 2 d0 d1 d2");
}

TEST_F(Preemption, PreemptedCoroutineCannotBeResumedByOtherThread) {
  script("meddles", R"(
    while not nmap.registry.co do stdnse.sleep(0) end
    nmap.registry.answers = tostring(select(2, coroutine.resume(nmap.registry.co))) .. '; '
        .. tostring(select(2, pcall(coroutine.close, nmap.registry.co))) .. '; ' .. coroutine.status(nmap.registry.co))");
  start_port("meddles");
  EXPECT_EQ(act("local co = coroutine.create(function()" + compute("0.2") + R"( return 'to the end' end)
    nmap.registry.co = co
    return tostring(select(2, coroutine.resume(co))) .. '; ' .. nmap.registry.answers)"),
            "to the end; cannot resume non-suspended coroutine; cannot close a coroutine that the engine has "
            "suspended; suspended");
}

TEST_F(Preemption, PreemptionHappensBetweenNonYieldableCalls) {
  // The script spends nearly all of its time in non-yieldable calls. It must be preempted between two of them.
  EXPECT_EQ(act_beside_counter(R"(
    local function slow(a, b) local t = os.clock() while os.clock() - t < 0.005 do end return a < b end
    local before, sorts = nmap.registry.turns, 0
    while nmap.registry.turns < before + 3 and sorts < 300 do table.sort({3, 1, 2, 5, 4}, slow) sorts = sorts + 1 end
    nmap.registry.over = true
    return sorts < 300 and 'met' or 'missed')"),
            "met");
}

TEST_F(Preemption, NonYieldableCallIsNotPreempted) {
  EXPECT_THAT(act_beside_counter("local inside table.sort({2, 1}, function(a, b) local before = nmap.registry.turns\n" +
                                 compute("0.1") +
                                 "inside = nmap.registry.turns - before return a < b end)\n"
                                 "nmap.registry.over = true return inside"),
              "0");
}

TEST_F(Preemption, CoroutineInNonYieldableCallIsNotPreempted) {
  EXPECT_THAT(act_beside_counter("local inside table.sort({2, 1}, coroutine.wrap(function(a, b) local before = "
                                 "nmap.registry.turns\n" +
                                 compute("0.1") +
                                 "inside = nmap.registry.turns - before coroutine.yield(a < b) end))\n"
                                 "nmap.registry.over = true return inside"),
              "0");
}

TEST_F(Preemption, CpuBudgetCountsOverAllSlices) {
  cpu.budget = 150ms;
  script("act", "while true do end");
  start_port("act");
  run();
  EXPECT_EQ(finished.at("act").outcome, event::Outcome::Killed);
  EXPECT_EQ(finished.at("act").cause, event::KillCause::CpuBudget);
}

TEST_F(Preemption, WaitRestartsCpuBudget) {
  cpu.budget = 200ms;
  EXPECT_EQ(act("for _ = 1, 4 do " + compute("0.1") + " stdnse.sleep(0.1) end return 'done'"), "done");
}

TEST_F(Preemption, CpuBudgetBelowCpuLimitKillsWithoutPreemption) {
  cpu.budget = 15ms;
  EXPECT_FALSE(cpu.preempting());
  script("act", "while true do end");
  start_port("act");
  run();
  EXPECT_EQ(result("act"), "killed");
}

TEST_F(Preemption, ScriptWithoutCpuBudgetIsPreemptedAndNotKilled) {
  cpu.budget = 0ms;
  EXPECT_EQ(act_beside_counter(compute_until_others_run() + compute_until_others_run() +
                               "nmap.registry.over = true return 'went on'"),
            "went on");
}

TEST_F(Preemption, ResultOfKilledScriptNamesCauseAndPosition) {
  cpu.budget = 100ms;
  script("act", "local function deep()\nwhile true do end\nend\ncoroutine.wrap(function() deep() end)()");
  start_port("act");
  run();
  const event::ScriptFinished& end = finished.at("act");
  ASSERT_TRUE(end.result);
  EXPECT_THAT(end.result->output,
              MatchesRegex("ERROR: Script was killed: it computed for 0.1 s without waiting \\(--script-burst\\) at "
                           ".*act.nse:8"));
  EXPECT_THAT(end.traceback, HasSubstr("act.nse:8: in upvalue 'deep'"));
  EXPECT_THAT(end.traceback, HasSubstr("act.nse:10: in function"));
  EXPECT_THAT(end.traceback, HasSubstr("\nresumed from:\nstack traceback:"));
}

TEST_F(Preemption, PreemptedThreadWithoutSocketsReturnsSlot) {
  script("other", "local s = nmap.new_socket() s:connect('192.0.2.1', 80) nmap.registry.over = true s:close()");
  script("act",
         "local s = nmap.new_socket() s:connect('192.0.2.1', 80) nmap.registry.connected = true\n"
         "stdnse.sleep(0.1) s:close()\n" +
             compute("0.2") + "return nmap.registry.over");
  start_port("act");
  start_port("other");
  run();
  EXPECT_THAT(result("act"), HasSubstr("true"));
}

TEST_F(Preemption, KilledPreemptedThreadClosesVariables) {
  options.script_timeout = 1s;
  script("act",
         "coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() "
         "nmap.registry.closed = true end}) while true do end end)()");
  start_port("act");
  for (int turns = 0; turns < 100 && runtime->preempted_coroutines() == 0; ++turns) {
    scheduler.run_turn();
    scheduler.run_slice();
  }
  ASSERT_EQ(runtime->preempted_coroutines(), 1u);
  clock.advance(2s);
  deadlines.expire(clock.now());
  runtime->reap();
  EXPECT_EQ(result("act"), "timed out");
  EXPECT_EQ(runtime->preempted_coroutines(), 0u);
  EXPECT_THAT(act("return nmap.registry.closed"), HasSubstr("true"));
}

TEST_F(Preemption, HaltedSchedulerResumesNoPreemptedThread) {
  script("act", "while true do end");
  start_port("act");
  for (int turns = 0; turns < 100 && runtime->preempted_coroutines() == 0; ++turns) {
    scheduler.run_turn();
    scheduler.run_slice();
  }
  scheduler.halt();
  const std::uint64_t before = scheduler.resumes();
  EXPECT_FALSE(scheduler.run_slice());
  EXPECT_EQ(scheduler.resumes(), before);
  runtime->stop();
}

}  // namespace
}  // namespace sluice::nse
