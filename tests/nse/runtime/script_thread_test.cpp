// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ScriptThread : public RuntimeFixture {
 protected:
  void SetUp() override {
    RuntimeFixture::SetUp();
    network.tcp("192.0.2.1", 80).banner("hello\r\n");
  }
};

TEST_F(ScriptThread, ReturnValueOfActionIsResult) {
  EXPECT_EQ(act("return 'port ' .. port.number .. ' of ' .. host.ip"), "port 80 of 192.0.2.1");
  EXPECT_EQ(actions, 1u);
}

TEST_F(ScriptThread, EmptySecondValueIsReplacedByTextOfFirst) {
  EXPECT_EQ(act("return 5, ''"), "5");
  EXPECT_EQ(act("return 'text', ''"), "text");
  EXPECT_EQ(act("return {'a'}, ''"), "\n  a");
  EXPECT_EQ(log, "");
}

TEST_F(ScriptThread, ResultWithoutTextIsWarnedOf) {
  EXPECT_EQ(act("return nil, ''"), "");
  EXPECT_EQ(act("return setmetatable({}, {__tostring = function() return '' end})"), "");
  EXPECT_EQ(log, "Warning: Bug in act: no string output.\nWarning: Bug in act: no string output.\n");
}

TEST_F(ScriptThread, AbsentObjectIsReturnedAsOneNil) {
  EXPECT_EQ(act("return table.concat({select('#', nmap.get_interface()), select('#', nmap.fetchfile('no-such-file')),\n"
                "  select('#', nmap.get_port_state(host, {number = 9, protocol = 'tcp'})),\n"
                "  select('#', nmap.get_ports(host, nil, 'udp', 'open'))}, ' ')"),
            "1 1 1 1");
}

TEST_F(ScriptThread, FalseRuleStartsNoAction) {
  ASSERT_EQ(load("no", "portrule = function() return false end\naction = function() return 'x' end"), "");
  start_port("no");
  run();
  EXPECT_EQ(result("no"), "silent");
  EXPECT_EQ(actions, 0u);
}

TEST_F(ScriptThread, ForcedScriptRunsDespiteFalseRule) {
  ASSERT_EQ(load("no", "portrule = function() return false end\naction = function() return 'forced' end"), "");
  runtime->enter(host);
  entered = true;
  runtime->start(scripts.at("no"), ScriptRule::Port, true, &host, &report.ports[0]);
  run();
  EXPECT_EQ(result("no"), "forced");
}

TEST_F(ScriptThread, EachThreadHasSeparateEnvironment) {
  ASSERT_EQ(load("count",
                 "n = 0\nportrule = function() n = n + 1 return true end\n"
                 "action = function() n = n + 1 return tostring(n) .. SCRIPT_TYPE .. SCRIPT_NAME end"),
            "");
  start_port("count");
  run();
  start_port("count");
  run();
  EXPECT_EQ(result("count"), "2portrulecount");
}

TEST_F(ScriptThread, HostTableIsCopiedAndHostRegistryIsShared) {
  script("first", "host.ip = 'changed' host.registry.left = 'here' return host.ip");
  script("second", "return host.ip .. ' ' .. host.registry.left");
  start_host("first");
  run();
  start_host("second");
  run();
  EXPECT_EQ(result("second"), "192.0.2.1 here");
}

TEST_F(ScriptThread, ErrorEndsOneScriptOnlyAndNamesPosition) {
  options.debugging = 1;
  script("bad", "local x = nil\nreturn x.y");
  script("good", "return 'fine'");
  start_port("bad");
  start_port("good");
  run();
  EXPECT_THAT(result("bad"), HasSubstr("bad.nse:8: attempt to index a nil value"));
  EXPECT_THAT(finished.at("bad").traceback, HasSubstr("bad.nse:8"));
  EXPECT_EQ(result("good"), "fine");
}

TEST_F(ScriptThread, ErrorWithoutDebuggingHasGenericResultLine) {
  script("bad", "error('x')");
  start_port("bad");
  run();
  ASSERT_TRUE(finished.at("bad").result);
  EXPECT_EQ(finished.at("bad").result->output, "ERROR: Script execution failed (use -d to debug)");
}

TEST_F(ScriptThread, UndeclaredGlobalIsAnError) {
  EXPECT_THAT(act("return misspelt"), HasSubstr("variable 'misspelt' is not declared"));
}

TEST_F(ScriptThread, YieldToEngineFailsThread) {
  EXPECT_EQ(act("coroutine.yield(1)"), "failed: yielded unexpectedly and cannot be resumed");
}

TEST_F(ScriptThread, ConcurrentSleepsLastOneThousandthLonger) {
  script("a", "stdnse.sleep(3) return tostring(nmap.clock())");
  const TimePoint before = clock.now();
  for (int i = 0; i < 10; ++i) start_port("a");
  run();
  EXPECT_EQ(ended, 10u);
  EXPECT_EQ(clock.now() - before, 3003ms);
}

TEST_F(ScriptThread, BlockingCallInCoroutineReturnsThere) {
  EXPECT_EQ(act(R"(
    local co = coroutine.create(function(a)
      local b = coroutine.yield(a + 1)
      stdnse.sleep(1)
      local inner = coroutine.wrap(function() stdnse.sleep(2) coroutine.yield('deep') return 'end' end)
      return b .. inner() .. inner()
    end)
    local _, first = coroutine.resume(co, 1)
    local ok, last = coroutine.resume(co, 'x')
    return first .. ' ' .. tostring(ok) .. ' ' .. last .. ' ' .. coroutine.status(co))"),
            "2 true xdeepend dead");
}

TEST_F(ScriptThread, ErrorAfterBlockingCallInCoroutineReachesResumer) {
  EXPECT_THAT(act(R"(
    local co = coroutine.create(function() stdnse.sleep(1) error('inside') end)
    local ok, message = coroutine.resume(co)
    local wrapped, text = pcall(coroutine.wrap(function() stdnse.sleep(1) error('wrapped') end))
    return tostring(ok) .. message .. tostring(wrapped) .. text)"),
              ::testing::MatchesRegex("false.*inside.*false.*wrapped"));
}

TEST_F(ScriptThread, PcallCatchesErrorAfterBlockingCall) {
  EXPECT_EQ(act("local ok, text = pcall(function() stdnse.sleep(1) error({code = 7}) end) return tostring(text.code)"),
            "7");
}

TEST_F(ScriptThread, BlockingCallInSortCallbackIsError) {
  EXPECT_THAT(act("table.sort({2, 1}, function() stdnse.sleep(1) end)"), HasSubstr("yield across a C-call boundary"));
}

TEST_F(ScriptThread, ScriptTimeoutKillsSleepingThreadAndReturnsSlot) {
  options.script_timeout = 5s;
  script("slow", "local s = nmap.new_socket() assert(s:connect(host, port)) stdnse.sleep(100) return 'late'");
  start_port("slow");
  run();
  EXPECT_EQ(result("slow"), "timed out");
  EXPECT_EQ(slots.held(), 0u);
  EXPECT_EQ(clock.now() - TimePoint{}, 5s);
}

TEST_F(ScriptThread, EndOfChildThreadSignalsCondvarOfParent) {
  EXPECT_EQ(act(R"(
    local done = {}
    local cond = nmap.condvar(done)
    local co, info = stdnse.new_thread(function(x)
      local mine = nmap.condvar(done)
      stdnse.sleep(1)
      done[1] = x .. (stdnse.isworker() and ' worker ' or ' ?') .. stdnse.getid()
    end, 'arg')
    local before = info()
    while info() ~= 'dead' do cond 'wait' end
    return before .. ' ' .. done[1] .. ' ' .. tostring(stdnse.isworker()))"),
            "suspended arg worker act false");
}

TEST_F(ScriptThread, InfoOfChildThreadReturnsError) {
  EXPECT_THAT(act(R"(
    local _, info = stdnse.new_thread(function() error('broken') end)
    stdnse.sleep(1)
    local status, message = info()
    return status .. ' ' .. message)"),
              ::testing::MatchesRegex("dead .*broken"));
}

TEST_F(ScriptThread, InfoOfChildThreadReturnsOnlyMessageOfFailedTry) {
  EXPECT_EQ(act(R"(
    local _, try = stdnse.new_thread(function() nmap.new_try()(false, 'the message') end)
    local _, value = stdnse.new_thread(function() error({'a table'}) end)
    local _, yields = stdnse.new_thread(function() coroutine.yield() end)
    stdnse.sleep(1)
    local function told(info) return select(2, info()) end
    return told(try) .. ', ' .. told(value)[1] .. ', ' .. told(yields))"),
            "the message, a table, yielded unexpectedly and cannot be resumed");
}

TEST_F(ScriptThread, FailedChildThreadIsReportedWithPlaceMessageAndTraceback) {
  script("boss", R"(
    stdnse.new_thread(function() nmap.no_such_function() end)
    stdnse.new_thread(function() nmap.new_try()(false, 'silent') end)
    stdnse.new_thread(function() end)
    stdnse.sleep(1)
    return 'unaware')");
  start_port("boss");
  run();
  EXPECT_EQ(result("boss"), "unaware");
  ASSERT_EQ(failed_workers.size(), 1u);
  const event::ScriptFinished& worker = failed_workers.front();
  EXPECT_EQ(worker.id, "boss");
  EXPECT_EQ(worker.place.port, 80);
  EXPECT_EQ(worker.outcome, event::Outcome::Failed);
  EXPECT_THAT(worker.thread, ::testing::StartsWith("W:"));
  EXPECT_THAT(worker.message, HasSubstr("attempt to call a nil value (field 'no_such_function')"));
  EXPECT_THAT(worker.traceback, ::testing::StartsWith("stack traceback:\n"));
  EXPECT_FALSE(worker.result);
}

TEST_F(ScriptThread, FailureIsReportedWithTracebackAndThreadName) {
  script("bad", "nmap.registry.info = stdnse.getinfo() error({1, 2})");
  start_port("bad");
  run();
  EXPECT_THAT(finished.at("bad").traceback, HasSubstr("bad.nse:7"));
  EXPECT_THAT(finished.at("bad").message, ::testing::StartsWith("table: 0x"));
  const std::string thread = finished.at("bad").thread;
  EXPECT_EQ(act("return nmap.registry.info"), "bad " + thread);
}

TEST_F(ScriptThread, ChildThreadSharesThreadIdAndHasOwnInfo) {
  EXPECT_EQ(act(R"(
    local tid, seen = stdnse.gettid()
    local _, info = stdnse.new_thread(function() seen = {stdnse.gettid(), stdnse.getinfo(), stdnse.base()} end)
    stdnse.sleep(1)
    assert(stdnse.base() == coroutine.running())
    assert(seen[3] ~= stdnse.base())
    return tostring(seen[1] == tid) .. ' ' .. seen[2]:gsub('%x+$', 'N'))"),
            "true act W:N");
}

TEST_F(ScriptThread, ChildThreadsAreKilledWhenHostIsLeft) {
  script("parent", "stdnse.new_thread(function() stdnse.sleep(1000) end) return 'done'");
  start_port("parent");
  scheduler.run_turn();
  scheduler.run_turn();
  EXPECT_EQ(result("parent"), "done");
  EXPECT_EQ(runtime->threads(), 1u);
  runtime->leave(host);
  entered = false;
  EXPECT_EQ(runtime->threads(), 0u);
}

TEST_F(ScriptThread, FailedTryEndsScriptSilentlyAfterCatchFunction) {
  EXPECT_EQ(act("local try = nmap.new_try(function() stdnse.sleep(1) nmap.registry.cleaned = true end)\n"
                "try(false, 'reason') return 'not here'"),
            "silent");
  EXPECT_EQ(finished.at("act").message, "reason");
  EXPECT_EQ(act("return tostring(nmap.registry.cleaned)"), "true");
  EXPECT_EQ(act("return table.concat({nmap.new_try()(true, 'a', 'b')})"), "ab");
}

TEST_F(ScriptThread, MissingLibraryFailsLoadAndSilentRequireSkipsScript) {
  EXPECT_THAT(load("loud", "require 'nosuchlib'"), HasSubstr("NSE failed to find nselib/nosuchlib.lua"));
  EXPECT_EQ(load("quiet", "local stdnse = require 'stdnse'\nstdnse.silent_require 'nosuchlib'"), "skipped");
}

TEST_F(ScriptThread, LoadErrorsAreOneLineUnlessDebugging) {
  const std::string script = "local x = require 'no-such-library'";
  EXPECT_EQ(load("lacking", script).find('\n'), std::string::npos);
  EXPECT_THAT(load("lacking", script), HasSubstr("module 'no-such-library' not found: NSE failed to find"));
  runtime->options.debugging = 1;
  EXPECT_THAT(load("lacking", script), HasSubstr("stack traceback"));
}

TEST_F(ScriptThread, MisspeltFieldIsWarnedOfAndScriptLoads) {
  const auto doubt = [&](const std::string& source) {
    std::ofstream(directory + "/x.nse") << "action = print portrule = print " + source;
    auto loaded = make().load(directory + "/x.nse", "x");
    return loaded ? loaded->doubt : loaded.error().message;
  };
  EXPECT_EQ(doubt("catagories = {'safe'}"), "did you mean 'categories' by 'catagories'?");
  EXPECT_EQ(doubt("dependancies = {'a'}"), "did you mean 'dependencies' by 'dependancies'?");
  EXPECT_EQ(doubt("categories = {'safe'} dependency = {'a'}"), "did you mean 'dependencies' by 'dependency'?");
  EXPECT_EQ(doubt("hostrul = print"), "did you mean 'hostrule' by 'hostrul'?");
  EXPECT_EQ(
      doubt("categories = {'safe'} dependencies = {} prerule = print portaction = print hostrul = 'text' cats = {}"),
      "");
}

TEST_F(ScriptThread, LoadErrorsNameTheFileAndTheField) {
  EXPECT_THAT(load("a", "portrule = function() end"), HasSubstr("a.nse: is missing required field: 'action'"));
  EXPECT_THAT(load("b", "action = function() end"), HasSubstr("b.nse: is missing required function: 'rule'"));
  EXPECT_THAT(load("c", "portrule = function() end acton = portrule"),
              HasSubstr("'action'; did you mean 'action' by 'acton'?"));
  EXPECT_THAT(load("d", "action = function() end portule = action"),
              HasSubstr("'rule'; did you mean 'portrule' by 'portule'?"));
  EXPECT_THAT(load("c", "portrule = 1 action = function() end"), HasSubstr("portrule must be a function!"));
  EXPECT_THAT(load("d", "categories = {1} portrule = print action = print"),
              HasSubstr("has non-string entries in the 'categories' array"));
  EXPECT_THAT(load("e", "categories = 'safe' portrule = print action = print"),
              HasSubstr("field 'categories' is of improper type 'string', expected type 'table'"));
  EXPECT_THAT(load("f", "\n\nx = = 1"), HasSubstr("f.nse:3:"));
  EXPECT_THAT(load("g", "local nmap = require 'nmap' nmap.new_socket():connect('127.0.0.1', 1)"),
              HasSubstr("only a running script thread can call this function"));
}

TEST_F(ScriptThread, StopKillsAllThreads) {
  script("s", "local s = nmap.new_socket() s:connect(host, port) local m = nmap.mutex('m') m 'lock' stdnse.sleep(1e6)");
  for (int i = 0; i < 5; ++i) start_port("s");
  for (int i = 0; i < 5; ++i) scheduler.run_turn();
  runtime->stop();
  EXPECT_EQ(runtime->threads(), 0u);
  EXPECT_EQ(result("s"), "killed");
}

TEST_F(ScriptThread, DeadlockedThreadIsDescribedAndKilled) {
  script("a", "local m = nmap.mutex('a') m 'lock' m 'lock'");
  start_port("a");
  run();
  EXPECT_EQ(runtime->waiting_for_network(), 0u);
  EXPECT_EQ(runtime->oldest().text, "a against host.example (192.0.2.1:80) waits 0.0 s for a mutex");
  runtime->end_deadlocked();
  EXPECT_EQ(result("a"), "killed");
  EXPECT_THAT(finished.at("a").message, HasSubstr("deadlock: waits for a mutex"));
}

}  // namespace
}  // namespace sluice::nse
