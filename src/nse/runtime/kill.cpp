// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/kill.hpp"

#include "nse/runtime/coroutines.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

bool is_ending(Runtime& runtime) {
  const ScriptThread* thread = runtime.executing();
  return thread && thread->ending();
}

/// The hook that raises at each instruction until the coroutine can yield.
void keep_raising(lua_State* state, lua_Debug*) {
  if (is_ending(lua::owner<Runtime>(state)))
    end_thread(state);
  else
    lua_sethook(state, nullptr, 0, 0);
}

int finish_xpcall(lua_State* state, int status, lua_KContext) {
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(state) - 2;
  lua_pushboolean(state, false);
  lua_pushvalue(state, -2);
  return 2;
}

/// The message handler that xpcall sets. Calls that of the script, which is the upvalue, unless the thread is to end.
int handle(lua_State* state) {
  Runtime& runtime = lua::owner<Runtime>(state);
  if (runtime.watchdog.over_budget() || is_ending(runtime)) return 1;
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_call(state, lua_gettop(state) - 1, 1);
  return 1;
}

int xpcall(lua_State* state) {
  const int arguments = lua_gettop(state);
  luaL_checktype(state, 2, LUA_TFUNCTION);
  lua_pushvalue(state, 2);
  lua_pushcclosure(state, handle, 1);
  lua_replace(state, 2);
  lua_pushboolean(state, true);
  lua_pushvalue(state, 1);
  lua_rotate(state, 3, 2);
  return finish_xpcall(state, lua_pcallk(state, arguments - 2, LUA_MULTRET, 2, 2, finish_xpcall), 2);
}

/// The finalizer that setmetatable sets. Runs that of the script, which is the upvalue, in a new coroutine: Lua
/// disables hooks only in the coroutine that runs a finalizer.
int finalize(lua_State* state) {
  lua_State* inner = lua_newthread(state);
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_pushvalue(state, 1);
  lua_xmove(state, inner, 2);
  int results = 0, status = LUA_OK;
  lua_pushvalue(state, lua_upvalueindex(1));
  {
    const Runtime::Finalizing finalizing(lua::owner<Runtime>(state), state);
    status = resume_inner(state, inner, 1, &results);
  }
  if (status == LUA_OK || status == LUA_YIELD) return 0;
  lua_xmove(inner, state, 1);
  return lua_error(state);
}

int setmetatable(lua_State* state) {
  const int type = lua_type(state, 2);
  luaL_checktype(state, 1, LUA_TTABLE);
  luaL_argexpected(state, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(state, 1, "__metatable") != LUA_TNIL)
    return luaL_error(state, "cannot change a protected metatable");
  lua_settop(state, 2);
  if (type == LUA_TTABLE) {
    lua_pushliteral(state, "__gc");
    if (lua_rawget(state, 2) == LUA_TFUNCTION && lua_tocfunction(state, -1) != finalize) {
      lua_pushcclosure(state, finalize, 1);
      lua_pushliteral(state, "__gc");
      lua_insert(state, -2);
      lua_rawset(state, 2);
    }
    lua_settop(state, 2);
  }
  lua_setmetatable(state, 1);
  return 1;
}

}  // namespace

int end_thread(lua_State* state) {
  if (lua_isyieldable(state)) {
    lua_sethook(state, nullptr, 0, 0);
    return lua_yield(state, 0);
  }
  lua_sethook(state, keep_raising, LUA_MASKCOUNT, 1);
  return luaL_error(state, "the script is being killed");
}

int open_kill(lua_State* state) {
  lua_pushcfunction(state, xpcall);
  lua_setglobal(state, "xpcall");
  lua_pushcfunction(state, setmetatable);
  lua_setglobal(state, "setmetatable");
  return 0;
}

}  // namespace sluice::nse
