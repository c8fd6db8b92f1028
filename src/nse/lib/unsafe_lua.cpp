// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/unsafe_lua.hpp"

#include <cstring>

#include "lua/binding.hpp"

namespace sluice::nse {
namespace {

/// A refused function. Upvalue: its name.
int raise_refusal(lua_State* state) {
  return luaL_error(state, "%s is refused, because it can crash the process (--unsafe-lua allows it)",
                    lua_tostring(state, lua_upvalueindex(1)));
}

/// Removes the field `func` from a result of debug.getinfo, on top of the stack, if it is a C function. Otherwise
/// scripts could call internal functions of the engine that are on the call stack.
void drop_engine_function(lua_State* state) {
  if (lua_getfield(state, -1, "func") == LUA_TFUNCTION && lua_iscfunction(state, -1)) {
    lua_pushnil(state);
    lua_setfield(state, -3, "func");
  }
  lua_pop(state, 1);
}

/// debug.getinfo. Calls Lua's function, which is the upvalue, in this frame, so that levels of the stack do not change.
int debug_getinfo(lua_State* state) {
  const bool by_level = lua_isnumber(state, lua_isthread(state, 1) ? 2 : 1) != 0;  // also true for numeric strings
  const int results = lua_tocfunction(state, lua_upvalueindex(1))(state);
  if (by_level && lua_istable(state, -1)) drop_engine_function(state);
  return results;
}

void refuse_debug(lua_State* state) {
  lua_getglobal(state, LUA_DBLIBNAME);
  const int library = lua_gettop(state);
  lua_pushnil(state);
  while (lua_next(state, library)) {
    lua_pop(state, 1);
    const char* name = lua_tostring(state, -1);
    if (std::strcmp(name, "traceback") != 0 && std::strcmp(name, "getinfo") != 0) refuse(state, library, "debug", name);
  }
  lua_getfield(state, library, "getinfo");
  lua_pushcclosure(state, debug_getinfo, 1);
  lua_setfield(state, library, "getinfo");
  lua_pop(state, 1);
}

}  // namespace

void refuse(lua_State* state, int index, const char* library, const char* name) {
  lua_pushfstring(state, "%s.%s", library, name);
  lua_pushcclosure(state, raise_refusal, 1);
  lua_setfield(state, index, name);
}

void refuse_unsafe_functions(lua_State* state) {
  refuse_debug(state);
  lua_getglobal(state, LUA_STRLIBNAME);
  refuse(state, lua_gettop(state), "string", "dump");
  lua_getglobal(state, LUA_OSLIBNAME);
  refuse(state, lua_gettop(state), "os", "setlocale");
  lua_pop(state, 2);
}

}  // namespace sluice::nse
