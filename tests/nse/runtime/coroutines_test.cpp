// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Coroutines that scripts create, and coroutines of the engine that scripts have access to.
class Coroutine : public RuntimeFixture {
 protected:
  Coroutine() { cpu.budget = 100ms; }
};

TEST_F(Coroutine, CoroutineWithoutBlockingCallsBehavesAsInLua) {
  EXPECT_EQ(act(R"(
    local co
    co = coroutine.create(function(a)
      assert(coroutine.status(co) == 'running' and coroutine.isyieldable())
      local inner = coroutine.wrap(function() return coroutine.status(co) end)
      local b, c = coroutine.yield(a + 1, inner())
      return b .. c
    end)
    local ok, next, outer = coroutine.resume(co, 1)
    local _, last = coroutine.resume(co, 'b', 'c')
    local dead, why = coroutine.resume(co)
    local itself, running = coroutine.running()
    return table.concat({next, outer, last, tostring(dead), why, tostring(running), coroutine.status(itself)}, ' '))"),
            "2 normal bc false cannot resume dead coroutine false running");
}

TEST_F(Coroutine, WrapPrependsCallerPositionToMessagesOnly) {
  EXPECT_EQ(act(R"(
    local ok, text = pcall(function() local f = coroutine.wrap(function() error('x', 0) end) f() end)
    local _, value = pcall(coroutine.wrap(function() error({'table'}) end))
    return text:match(':%d+: x$') and value[1])"),
            "table");
}

TEST_F(Coroutine, FailedWrapClosesVariablesWithError) {
  EXPECT_EQ(act(R"(
    local seen
    local f = coroutine.wrap(function()
      local x <close> = setmetatable({}, {__close = function(_, why) seen = why end})
      error('first', 0)
    end)
    pcall(f)
    return seen)"),
            "first");
}

TEST_F(Coroutine, BlockingCallUnderNonYieldableCallIsError) {
  EXPECT_EQ(act(R"(
    local ok, why = pcall(table.sort, {3, 2, 1}, function(a, b)
      coroutine.wrap(function() stdnse.sleep(1) end)()
      return a < b
    end)
    -- and the thread is none the worse for it
    local plain = coroutine.wrap(function() coroutine.yield('plain') end)()
    stdnse.sleep(1)
    return tostring(ok) .. why:match('attempt.*') .. plain)"),
            "falseattempt to yield across a C-call boundaryplain");
}

TEST_F(Coroutine, BlockingCallInFinalizerIsErrorOfFinalizerOnly) {
  script("gc", R"(
    setmetatable({}, {__gc = function() nmap.registry.said = select(2, pcall(stdnse.sleep, 1)) end})
    for i = 1, 200 do local t = {} for j = 1, 1000 do t[j] = {} end end
    local plain = coroutine.wrap(function() coroutine.yield('plain') end)()
    stdnse.sleep(1)
    return plain .. ': ' .. nmap.registry.said)");
  start_port("gc");
  run();
  EXPECT_EQ(result("gc"), "plain: attempt to yield across a C-call boundary");
}

TEST_F(Coroutine, WaitingThreadCannotBeResumedOrClosedByScript) {
  EXPECT_EQ(act(R"(
    local base = stdnse.base()
    local told = {}
    local function try(co)
      local ok, why = coroutine.resume(co)
      told[#told + 1] = tostring(ok) .. ' ' .. why
      local ok, why = pcall(coroutine.close, co)
      told[#told + 1] = tostring(ok) .. ' ' .. why
    end
    local inner = coroutine.create(function() stdnse.sleep(2) return 'undisturbed' end)
    stdnse.new_thread(function() stdnse.sleep(1) try(base) try(inner) end)
    local _, result = coroutine.resume(inner)
    for i = 1, 4, 2 do
      assert(told[i] == 'false cannot resume non-suspended coroutine', told[i])
      assert(told[i + 1] == 'false cannot close a coroutine that the engine has suspended', told[i + 1])
    end
    return result)"),
            "undisturbed");
}

TEST_F(Coroutine, UnstartedChildThreadCannotBeResumedByScript) {
  EXPECT_EQ(act(R"(
    local got
    local co = stdnse.new_thread(function(...) got = table.concat({...}, ' ') stdnse.sleep(1) end, 1, 2)
    local ok = coroutine.resume(co, 'mine')
    local closed = pcall(coroutine.close, co)
    assert(coroutine.status(co) == 'suspended')
    stdnse.sleep(2)
    return ('%s %s %s %s'):format(ok, closed, got, coroutine.status(co)))"),
            "false false 1 2 dead");
}

TEST_F(Coroutine, CloseReturnsErrorOfHandler) {
  EXPECT_EQ(act(R"(
    local function suspended(handler)
      local co = coroutine.create(function()
        local x <close> = setmetatable({}, {__close = handler})
        coroutine.yield()
      end)
      coroutine.resume(co)
      return co
    end
    local fine = suspended(function() end)
    assert(coroutine.close(fine) == true and coroutine.status(fine) == 'dead')
    local ok, why = coroutine.close(suspended(function() error('handler', 0) end))
    local failed = coroutine.create(error)
    coroutine.resume(failed, 'its own')
    local _, own = coroutine.close(failed)
    local _, running = pcall(coroutine.close, coroutine.running())
    local _, none = pcall(coroutine.close, 5)
    return table.concat({tostring(ok), why, own, running, none}, '|'))"),
            "false|handler|its own|cannot close a running coroutine|"
            "bad argument #1 to 'coroutine.close' (coroutine expected, got number)");
}

TEST_F(Coroutine, EndlessCloseHandlerKillsScript) {
  script("loop", R"(
    local co = coroutine.create(function()
      local x <close> = setmetatable({}, {__close = function() while true do end end})
      coroutine.yield()
    end)
    coroutine.resume(co)
    coroutine.close(co))");
  start_port("loop");
  run();
  EXPECT_EQ(finished.at("loop").outcome, event::Outcome::Killed);
  EXPECT_THAT(finished.at("loop").message, HasSubstr("--script-burst"));
}

TEST_F(Coroutine, CloseHandlersMayBlockAtBlockEndAndRunInReverseOrder) {
  EXPECT_EQ(act(R"(
    local order = {}
    local function closing(name)
      return setmetatable({}, {__close = function() stdnse.sleep(1) order[#order + 1] = name end})
    end
    do
      local a <close> = closing('a')
      local b <close> = closing('b')
      local c <close> = closing('c')
    end
    return table.concat(order))"),
            "cba");
}

TEST_F(Coroutine, BlockingCallWorksInMetamethodsIteratorsAndLoadedChunks) {
  EXPECT_EQ(act(R"(
    local out = {}
    local lazy = setmetatable({}, {__index = function(_, key) stdnse.sleep(1) return key end,
                                   __call = function(_, value) stdnse.sleep(1) return value end,
                                   __concat = function() stdnse.sleep(1) return 'c' end})
    out[1] = lazy.i .. lazy('j')
    out[2] = lazy .. 'x'
    for i in function(_, i) stdnse.sleep(1) i = (i or 0) + 1 return i < 4 and i or nil end do out[#out + 1] = i end
    out[#out + 1] = load('local sleep = ... sleep(1) return "loaded"')(stdnse.sleep)
    return table.concat(out, ' '))"),
            "ij c 1 2 3 loaded");
}

}  // namespace
}  // namespace sluice::nse
