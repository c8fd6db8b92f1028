// A C module for tests. Its file name ends with its name: `v1-sluice_test_module` loads it too.

#include <chrono>
#include <lua.hpp>

namespace {

/// spin(seconds): computes for so long, in a way that nothing can stop.
int spin(lua_State* state) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(luaL_checknumber(state, 1));
  while (std::chrono::steady_clock::now() < until) {
  }
  return 0;
}

}  // namespace

extern "C" int luaopen_sluice_test_module(lua_State* state) {
  lua_createtable(state, 0, 2);
  lua_pushcfunction(state, spin);
  lua_setfield(state, -2, "spin");
  luaopen_table(state);  // Lua's own functions
  lua_setfield(state, -2, "table");
  return 1;
}
