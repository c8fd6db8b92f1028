// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/new_try.hpp"

#include "lua/binding.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

int give_up(lua_State* state, int, lua_KContext) {
  lua_createtable(state, 0, 2);
  lua_pushliteral(state, "nmap.new_try");
  lua_setfield(state, -2, "errtype");
  lua_pushvalue(state, 2);
  lua_setfield(state, -2, "message");
  return lua_error(state);
}

int handle(lua_State* state) {
  if (!lua_isboolean(state, 1) && !lua_isnoneornil(state, 1))
    lua::owner<Runtime>(state).log(
        event::warning("finalizing a non-conforming function that did not first return a boolean"));
  if (lua_toboolean(state, 1)) return lua_gettop(state) - 1;
  lua_settop(state, 2);
  if (lua_isnil(state, lua_upvalueindex(1))) return give_up(state, LUA_OK, 0);
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_callk(state, 0, 0, 0, give_up);
  return give_up(state, LUA_OK, 0);
}

}  // namespace

int new_try(lua_State* state) {
  lua_settop(state, 1);
  lua_pushcclosure(state, handle, 1);
  return 1;
}

}  // namespace sluice::nse
