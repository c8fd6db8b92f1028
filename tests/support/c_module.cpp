// SPDX-License-Identifier: Apache-2.0
// A Lua C module for tests. `require` also finds it by a name with a version prefix, such as `v1-sluice_test_module`.

#include <chrono>
#include <csignal>
#include <lua.hpp>

namespace {

/// spin(seconds) computes for this time. The engine cannot interrupt it.
int spin(lua_State* state) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(luaL_checknumber(state, 1));
  while (std::chrono::steady_clock::now() < until) {
  }
  return 0;
}

/// crash() ends the process by a fault.
int crash(lua_State*) {
  std::raise(SIGSEGV);
  return 0;
}

}  // namespace

extern "C" int luaopen_sluice_test_module(lua_State* state) {
  lua_createtable(state, 0, 3);
  lua_pushcfunction(state, spin);
  lua_setfield(state, -2, "spin");
  lua_pushcfunction(state, crash);
  lua_setfield(state, -2, "crash");
  luaopen_table(state);  // the functions of Lua, which the engine has replaced in the global `table`
  lua_setfield(state, -2, "table");
  return 1;
}
