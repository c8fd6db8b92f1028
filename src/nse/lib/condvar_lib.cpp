// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/condvar_lib.hpp"

#include "lua/userdata.hpp"
#include "nse/lib/shared_object.hpp"
#include "nse/runtime/blocking.hpp"
#include "nse/runtime/condvar.hpp"

namespace sluice::nse {

namespace {

Condvar& condvar_of(lua_State* state) { return *static_cast<Condvar*>(lua_touserdata(state, lua_upvalueindex(1))); }

struct WaitForSignal {
  using Args = Condvar*;
  static Args parse(lua_State* state) { return &condvar_of(state); }
  static void start(Runtime&, ScriptThread& thread, lua_State* state, Args condvar) noexcept {
    condvar->queue(thread.start<pending::ThreadQueueWait>("a condition variable", state).entry);
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State*, Runtime&, ScriptThread&) { return 0; }
};

int operate(lua_State* state) {
  enum { kBroadcast, kSignal, kWait };
  static const char* const kOptions[] = {"broadcast", "signal", "wait", nullptr};
  Condvar& condvar = condvar_of(state);
  switch (luaL_checkoption(state, 1, nullptr, kOptions)) {
    case kWait:
      return block<WaitForSignal>(state);
    case kSignal:
      condvar.signal();
      return 0;
    default:
      condvar.broadcast();
      return 0;
  }
}

void make(lua_State* state) {
  lua::Userdata<Condvar>::push(state, lua::owner<Runtime>(state));
  lua_pushcclosure(state, operate, 1);
}

int condvar(lua_State* state) {
  const int results = shared_object(state, make);
  if (ScriptThread* thread = lua::owner<Runtime>(state).current()) {
    lua_getupvalue(state, -1, 1);
    static_cast<Condvar*>(lua_touserdata(state, -1))->join(*thread);
    lua_pop(state, 1);
  }
  return results;
}

}  // namespace

void open_condvar(lua_State* state) {
  lua::Userdata<Condvar>::define(state, std::array<luaL_Reg, 1>{}.data());
  lua_pop(state, 1);
  push_weak_table(state);
  lua_pushcclosure(state, condvar, 1);
  lua_setfield(state, -2, "condvar");
}

}  // namespace sluice::nse
