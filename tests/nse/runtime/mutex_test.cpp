// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using ::testing::HasSubstr;

class Mutex : public RuntimeFixture {};
class Condvar : public RuntimeFixture {};

TEST_F(Mutex, WaitersAcquireMutexInOrderOfRequests) {
  script("s", R"(
    local m = nmap.mutex('order')
    nmap.registry.next = (nmap.registry.next or 0) + 1
    local me = nmap.registry.next
    m 'lock'
    stdnse.sleep(1)
    nmap.registry.order = (nmap.registry.order or '') .. me
    m 'done'
    return nmap.registry.order)");
  for (int i = 0; i < 4; ++i) start_port("s");
  run();
  EXPECT_EQ(result("s"), "1234");
}

TEST_F(Mutex, FailedOwnerReleasesMutex) {
  script("dies", "nmap.mutex('m') 'lock' stdnse.sleep(1) error('x')");
  script("next", "stdnse.sleep(0.5) nmap.mutex('m') 'lock' return 'got it'");
  start_port("dies");
  start_port("next");
  run();
  EXPECT_EQ(result("next"), "got it");
}

TEST_F(Mutex, TimedOutThreadReleasesMutex) {
  options.script_timeout = std::chrono::seconds(5);
  script("holds", "local m = nmap.mutex('m') m 'lock' stdnse.sleep(4.9) m 'done' return 'held'");
  script("late", "stdnse.sleep(4.95) local m = nmap.mutex('m') return tostring(m 'trylock')");
  script("dies", "local m = nmap.mutex('m') m 'lock' stdnse.sleep(10)");
  start_port("holds");
  start_port("dies");
  run();
  EXPECT_EQ(result("dies"), "timed out");
  start_port("late");
  run();
  EXPECT_EQ(result("late"), "true");
}

TEST_F(Mutex, OnlyOwningCoroutineReleasesMutex) {
  EXPECT_EQ(act(R"(
    local m = nmap.mutex({})
    assert(m 'trylock')
    assert(m 'running' == coroutine.running())
    assert(not m 'trylock')
    local ok, message = coroutine.resume(coroutine.create(function() m 'done' end))
    assert(not ok)
    m 'done'
    return tostring(message:match('do not have a lock on this mutex')) .. ' ' .. tostring(m 'running'))"),
            "do not have a lock on this mutex nil");
}

TEST_F(Mutex, EqualObjectsShareMutexAndNumbersAreRefused) {
  EXPECT_EQ(act("local t = {} return tostring(nmap.mutex(t) == nmap.mutex(t)) .. tostring(nmap.mutex('a') == "
                "nmap.mutex('a')) .. tostring(nmap.mutex(t) == nmap.mutex({}))"),
            "truetruefalse");
  EXPECT_THAT(act("nmap.mutex(1)"), HasSubstr("object expected"));
  EXPECT_THAT(act("nmap.mutex('x') 'unlock'"), HasSubstr("invalid option 'unlock'"));
}

TEST_F(Mutex, DeadlockKillsLongestWaiterOnly) {
  script("first", "local a, b = nmap.mutex('a'), nmap.mutex('b') a 'lock' stdnse.sleep(1) b 'lock' return 'first'");
  script("second", "local a, b = nmap.mutex('a'), nmap.mutex('b') b 'lock' stdnse.sleep(2) a 'lock' return 'second'");
  start_port("first");
  start_port("second");
  run();
  EXPECT_EQ(runtime->waiting_for_network(), 0u);
  runtime->end_deadlocked();
  run();
  EXPECT_EQ(result("first"), "killed");
  EXPECT_EQ(finished.at("first").message, "deadlock: waits for a mutex, and no event can wake it");
  EXPECT_EQ(result("second"), "second");
}

TEST_F(Condvar, SignalWakesNewestWaiterAndBroadcastWakesAll) {
  script("waits", R"(
    nmap.registry.count = (nmap.registry.count or 0) + 1
    local me = nmap.registry.count
    nmap.condvar('c') 'wait'
    nmap.registry.order = (nmap.registry.order or '') .. me
    stdnse.sleep(10))");
  script("wakes", R"(
    local c = nmap.condvar('c')
    stdnse.sleep(1)
    c 'signal'
    stdnse.sleep(1)
    local first = nmap.registry.order
    c 'broadcast'
    stdnse.sleep(1)
    return first .. ' ' .. nmap.registry.order)");
  for (int i = 0; i < 3; ++i) start_port("waits");
  start_port("wakes");
  run();
  EXPECT_EQ(result("wakes"), "3 312");
}

TEST_F(Condvar, SignalWithoutAWaiterIsLost) {
  script("waits", "stdnse.sleep(1) nmap.condvar('c') 'wait' return 'woken'");
  script("signals", "nmap.condvar('c') 'signal' stdnse.sleep(5) nmap.registry.t = 1");
  start_port("signals");
  start_port("waits");
  run();
  EXPECT_EQ(result("waits"), "woken") << "by the end of the party, not by the signal";
}

TEST_F(Mutex, UnlockedMutexDoesNotKeepOwnerAlive) {
  script("locks", R"(
    nmap.registry.kept = {nmap.mutex('given back'), nmap.mutex('died with')}
    nmap.registry.weak = setmetatable({}, {__mode = 'k'})
    local co = coroutine.create(function()
      nmap.registry.kept[1] 'lock'
      nmap.registry.kept[1] 'done'
      nmap.registry.kept[2] 'lock'
    end)
    nmap.registry.weak[co] = true
    nmap.registry.weak[stdnse.base()] = true
    coroutine.resume(co)
    co = nil
    collectgarbage()
    return tostring(coroutine.status(next(nmap.registry.weak))))");
  start_port("locks");
  run();
  EXPECT_THAT(result("locks"), ::testing::AnyOf("dead", "running"));  // the locked mutex keeps its owner alive
  EXPECT_EQ(act("collectgarbage() return tostring(next(nmap.registry.weak))"), "nil");
}

}  // namespace
}  // namespace sluice::nse
