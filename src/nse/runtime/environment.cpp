// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/environment.hpp"

#include "lua/binding.hpp"
#include "nse/lib/bit_lib.hpp"
#include "nse/lib/collectgarbage.hpp"
#include "nse/lib/command.hpp"
#include "nse/lib/compat_lib.hpp"
#include "nse/lib/exit_lib.hpp"
#include "nse/lib/io_lib.hpp"
#include "nse/lib/lfs_lib.hpp"
#include "nse/lib/libssh2_lib.hpp"
#include "nse/lib/load_lib.hpp"
#include "nse/lib/lpeg_lib.hpp"
#include "nse/lib/nmap_lib.hpp"
#include "nse/lib/nmapdb_lib.hpp"
#include "nse/lib/openssl_lib.hpp"
#include "nse/lib/package_lib.hpp"
#include "nse/lib/stdnse_lib.hpp"
#include "nse/lib/string_lib.hpp"
#include "nse/lib/table_lib.hpp"
#include "nse/lib/unsafe_lua.hpp"
#include "nse/lib/zlib_lib.hpp"
#include "nse/runtime/coroutines.hpp"
#include "nse/runtime/kill.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

/// Pops a C module, and sets it as loaded and as a global.
void set_module(lua_State* state, const char* name) {
  luaL_getsubtable(state, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(state, -2);
  lua_setfield(state, -2, name);
  lua_pop(state, 1);
  lua_setglobal(state, name);
}

void open_module(lua_State* state, const char* name, lua_CFunction open) {
  lua_pushcfunction(state, open);
  lua_call(state, 0, 1);
  set_module(state, name);
}

/// Pushes the result of `require`.
void require(lua_State* state, const char* name) {
  lua_getglobal(state, "require");
  lua_pushstring(state, name);
  lua_call(state, 1, 1);
}

/// Loads a library if it exists; older script collections lack some.
void require_if_there(lua_State* state, const char* name) {
  const char* file = lua_pushfstring(state, "nselib/%s.lua", name);
  const bool there = lua::owner<Runtime>(state).options.find_file(file).has_value();
  lua_pop(state, 1);
  if (!there) return;
  require(state, name);
  lua_pop(state, 1);
}

/// Seeds math.random, so that its numbers differ in each run. Lua's own seed is the time in seconds and an address.
void seed_random(lua_State* state) {
  const auto& random_seed = lua::owner<Runtime>(state).parts.random_seed;
  const std::uint64_t numbers[2] = {random_seed(), random_seed()};
  lua_getglobal(state, "math");
  lua_getfield(state, -1, "randomseed");
  for (const std::uint64_t number : numbers) lua_pushinteger(state, static_cast<lua_Integer>(number));
  lua_call(state, 2, 0);
  lua_pop(state, 1);
}

}  // namespace

void open_environment(lua_State* state) {
  open_compat(state);
  open_string(state);
  open_coroutine(state);
  open_kill(state);
  open_exit(state);
  open_execute(state);
  open_io(state);
  open_collector(state);
  open_module(state, "lfs", open_lfs);
  open_table(state);
  open_module(state, "lpeg", open_lpeg);
  open_module(state, "zlib", open_zlib);
  open_module(state, "bit", open_bit);
  open_module(state, "bit32", open_bit32);
  open_module(state, "libssh2", open_libssh2);
#ifndef SLUICE_NO_TLS
  open_module(state, "openssl", open_openssl);
#endif
  lua_pushcfunction(state, open_nmapdb);
  lua_pushlightuserdata(state, &lua::owner<Runtime>(state).database());
  lua_call(state, 1, 1);
  set_module(state, "nmapdb");
  open_module(state, "nmap", open_nmap);
  open_load(state);
  open_package(state);
  if (!lua::owner<Runtime>(state).options.unsafe_lua) refuse_unsafe_functions(state);
  seed_random(state);

  for (const char* library : {"lpeg-utility", "tableaux"}) require_if_there(state, library);
  require(state, "stdnse");
  set_stdnse(state);
  lua_pop(state, 1);
  require(state, "strict");
  lua_pushglobaltable(state);
  lua_call(state, 1, 0);
}

}  // namespace sluice::nse
