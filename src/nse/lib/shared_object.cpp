// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/shared_object.hpp"

namespace sluice::nse {

// The keys are weak, too. Many scripts store the function in its own object, and with strong keys neither would be
// collected.
void push_weak_table(lua_State* state) {
  lua_newtable(state);
  lua_createtable(state, 0, 1);
  lua_pushliteral(state, "kv");
  lua_setfield(state, -2, "__mode");
  lua_setmetatable(state, -2);
}

int shared_object(lua_State* state, void (*make)(lua_State*)) {
  const int type = lua_type(state, 1);
  luaL_argcheck(state, type != LUA_TNONE && type != LUA_TNIL && type != LUA_TBOOLEAN && type != LUA_TNUMBER, 1,
                "object expected");
  lua_settop(state, 1);
  lua_pushvalue(state, 1);
  if (lua_rawget(state, lua_upvalueindex(1)) == LUA_TFUNCTION) return 1;
  lua_pop(state, 1);
  make(state);
  lua_pushvalue(state, 1);
  lua_pushvalue(state, -2);
  lua_rawset(state, lua_upvalueindex(1));
  return 1;
}

}  // namespace sluice::nse
