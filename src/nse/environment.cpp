#include "nse/environment.hpp"

#include <sys/random.h>

#include <algorithm>

#include "base/text_file.hpp"
#include "lua/binding.hpp"
#include "nse/bit_lib.hpp"
#include "nse/collector.hpp"
#include "nse/command.hpp"
#include "nse/compat_lib.hpp"
#include "nse/coroutine_lib.hpp"
#include "nse/doom.hpp"
#include "nse/io_lib.hpp"
#include "nse/lfs_lib.hpp"
#include "nse/libssh2_lib.hpp"
#include "nse/nmap_lib.hpp"
#include "nse/nmapdb_lib.hpp"
#include "nse/openssl_lib.hpp"
#include "nse/runtime.hpp"
#include "nse/stdnse_lib.hpp"
#include "nse/string_lib.hpp"
#include "nse/zlib_lib.hpp"

extern "C" int luaopen_lpeg(lua_State* state);

namespace sluice::nse {
namespace {

/// A C module is there from the start: loaded, and a global.
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

/// The first searcher: nselib among the data files.
struct FindLibrary {
  struct Args {
    std::string_view name;
  };
  struct Out {
    bool found, readable;
    std::size_t path_size;  ///< the path and the text of the library lie behind each other
  };
  static Args parse(lua_State* state) { return {lua::check_string(state, 1)}; }
  static Out act(lua::Home& home, const Args& args) noexcept {
    std::string file(args.name);
    std::replace(file.begin(), file.end(), '.', '/');
    file = "nselib/" + file + ".lua";
    const auto path = static_cast<Runtime*>(home.owner)->options.find_file(file);
    home.scratch = path.value_or(file);
    if (!path) return {false, false, home.scratch.size()};
    const Result<std::string> text = read_text_file(*path);
    home.scratch = text ? *path + *text : text.error().message;
    return {true, text.has_value(), path->size()};
  }
  static int push(lua_State* state, const Args&, const Out& out) {
    lua::push_string(state, lua::home(state).scratch);  // a finalizer may change the scratch from here on
    if (!out.found) {
      lua_pushfstring(state, "\n\tNSE failed to find %s in search paths.", lua_tostring(state, -1));
      return 1;
    }
    if (!out.readable) return lua_error(state);
    std::size_t size = 0;
    const char* bytes = lua_tolstring(state, -1, &size);
    std::string_view text(bytes, size);
    lua::push_string(state, text.substr(0, out.path_size));
    text.remove_prefix(out.path_size);
    if (text.starts_with('#')) text.remove_prefix(std::min(text.find('\n'), text.size()));  // as luaL_loadfile does
    const char* name = lua_pushfstring(state, "@%s", lua_tostring(state, -1));
    if (luaL_loadbufferx(state, text.data(), text.size(), name, "t") != LUA_OK) return lua_error(state);
    lua_pushvalue(state, -3);
    return 2;
  }
};

void open_searcher(lua_State* state) {
  lua_getglobal(state, "table");
  lua_getfield(state, -1, "insert");
  lua_getglobal(state, "package");
  lua_getfield(state, -1, "searchers");
  lua_remove(state, -2);
  lua_pushinteger(state, 1);
  lua_pushcfunction(state, lua::call<FindLibrary>);
  lua_call(state, 3, 0);
  lua_pop(state, 1);
}

/// Leaves what `require` gives.
void require(lua_State* state, const char* name) {
  lua_getglobal(state, "require");
  lua_pushstring(state, name);
  lua_call(state, 1, 1);
}

/// Loads a library that older collections lack.
void require_if_there(lua_State* state, const char* name) {
  const char* file = lua_pushfstring(state, "nselib/%s.lua", name);
  const bool there = lua::owner<Runtime>(state).options.find_file(file).has_value();
  lua_pop(state, 1);
  if (!there) return;
  require(state, name);
  lua_pop(state, 1);
}

/// Other random numbers in each run. Left to itself Lua makes its seed of the time in seconds and an address.
void seed_random(lua_State* state) {
  lua_Integer seeds[2] = {};
  static_cast<void>(::getrandom(seeds, sizeof seeds, 0));
  lua_getglobal(state, "math");
  lua_getfield(state, -1, "randomseed");
  for (const lua_Integer seed : seeds) lua_pushinteger(state, seed);
  lua_call(state, 2, 0);
  lua_pop(state, 1);
}

}  // namespace

void open_environment(lua_State* state) {
  open_compat(state);
  open_string(state);
  open_coroutine(state);
  open_doom(state);
  open_execute(state);
  open_io(state);
  open_collector(state);
  open_module(state, "lfs", open_lfs);
  open_module(state, "lpeg", luaopen_lpeg);
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
  open_searcher(state);
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
