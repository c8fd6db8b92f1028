// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

namespace {
const char kMark = 0;  ///< its address is the value of the mark
}

ScriptThread& running_thread(lua_State* state) {
  ScriptThread* thread = lua::owner<Runtime>(state).current();
  if (!thread) luaL_error(state, "only a running script thread can call this function");
  return *thread;
}

bool may_suspend(lua_State* state) noexcept {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread && lua_isyieldable(state) && thread->can_yield();
}

ScriptThread& suspendable_thread(lua_State* state) {
  ScriptThread& thread = running_thread(state);
  if (!may_suspend(state)) luaL_error(state, "attempt to yield across a C-call boundary");
  return thread;
}

int suspend(lua_State* state, lua_KFunction then) {
  put_mark(state);
  return lua_yieldk(state, 1, 0, then);
}

void put_mark(lua_State* coroutine) noexcept { lua_pushlightuserdata(coroutine, const_cast<char*>(&kMark)); }

bool has_mark(lua_State* coroutine) noexcept {
  if (lua::owner<Runtime>(coroutine).is_preempted(coroutine)) return true;
  return lua_gettop(coroutine) > 0 && lua_touserdata(coroutine, -1) == &kMark;
}

void take_mark(lua_State* coroutine) noexcept {
  ScriptThread* thread = lua::owner<Runtime>(coroutine).current();
  if (thread && thread->preempted_in(coroutine))
    thread->end_operation();
  else if (has_mark(coroutine))
    lua_pop(coroutine, 1);
}

}  // namespace sluice::nse
