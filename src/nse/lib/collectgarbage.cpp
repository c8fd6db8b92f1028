// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/collectgarbage.hpp"

#include <limits>
#include <utility>

#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

namespace {

constexpr lua_Integer kStepKilobytes = 8;  ///< of allocation that one step of Lua's collector corresponds to

GarbageCollector& collector_of(lua_State* state) { return lua::owner<Runtime>(state).collector; }

struct Collect {
  struct Args {};
  static Args parse(lua_State*) { return {}; }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State* state, Args) noexcept {
    runtime.collector.queue(thread.start<pending::QueueWait>("the collector", state).entry);
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime&, ScriptThread&) {
    lua_pushinteger(state, 0);
    return 1;
  }
};

/// collectgarbage("step", kilobytes). It completes at once. The thread is suspended if other threads have to run first.
struct Advance {
  struct Args {
    lua_Integer steps;
  };
  static Args parse(lua_State* state) { return {luaL_optinteger(state, 2, 0) / kStepKilobytes}; }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State* state, const Args& args) noexcept {
    const auto& step = thread.start<pending::Immediate>("the collector");
    step.done({.status = runtime.collector.work(state, args.steps) ? core::Status::Eof : core::Status::Ok});
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    lua_pushboolean(state, thread.reply().status == core::Status::Eof);
    return 1;
  }
};

int collect(lua_State* state) {
  if (may_suspend(state)) return block<Collect>(state);
  collector_of(state).work(state, std::numeric_limits<lua_Integer>::max());
  lua_pushinteger(state, 0);
  return 1;
}

int step(lua_State* state) {
  if (may_suspend(state)) return block<Advance>(state);
  lua_pushboolean(state, collector_of(state).work(state, Advance::parse(state).steps));
  return 1;
}

int argument(lua_State* state, int index) { return static_cast<int>(luaL_optinteger(state, index, 0)); }

/// Sets a setting to the second argument. Returns its previous value to the script.
int exchange(lua_State* state, int& number) {
  const int value = argument(state, 2);
  lua_pushinteger(state, std::exchange(number, value));
  return 1;
}

int change_mode(lua_State* state, bool generational) {
  GarbageCollector& collector = collector_of(state);
  const int pause = argument(state, 2), multiplier = argument(state, 3);
  if (!generational) {
    if (pause != 0) collector.pause = pause;
    if (multiplier != 0) collector.step_multiplier = multiplier;
  }
  lua_pushstring(state, std::exchange(collector.generational, generational) ? "generational" : "incremental");
  return 1;
}

int collectgarbage(lua_State* state) {
  enum { kStop, kRestart, kCollect, kCount, kStep, kSetPause, kSetStepMul, kIsRunning, kGenerational, kIncremental };
  static const char* const kOptions[] = {"stop",       "restart",   "collect",      "count",       "step", "setpause",
                                         "setstepmul", "isrunning", "generational", "incremental", nullptr};
  const int option = luaL_checkoption(state, 1, "collect", kOptions);
  const int kilobytes = lua_gc(state, LUA_GCCOUNT);
  if (kilobytes < 0) {  // lua_gc fails inside a finalizer
    luaL_pushfail(state);
    return 1;
  }
  GarbageCollector& collector = collector_of(state);
  switch (option) {
    case kStop:
    case kRestart:
      collector.stopped = option == kStop;
      lua_pushinteger(state, 0);
      return 1;
    case kCount:
      lua_pushnumber(state, kilobytes + static_cast<lua_Number>(lua_gc(state, LUA_GCCOUNTB)) / 1024);
      return 1;
    case kStep:
      return step(state);
    case kSetPause:
      return exchange(state, collector.pause);
    case kSetStepMul:
      return exchange(state, collector.step_multiplier);
    case kIsRunning:
      lua_pushboolean(state, !collector.stopped);
      return 1;
    case kGenerational:
    case kIncremental:
      return change_mode(state, option == kGenerational);
    default:
      return collect(state);
  }
}

}  // namespace

int open_collector(lua_State* state) {
  lua_pushcfunction(state, collectgarbage);
  lua_setglobal(state, "collectgarbage");
  return 0;
}

}  // namespace sluice::nse
