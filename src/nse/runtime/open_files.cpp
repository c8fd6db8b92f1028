// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/open_files.hpp"

#include "lua/userdata.hpp"
#include "nse/runtime/directory.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

/// Key in the Lua registry of the table of notes. Its keys, which are weak, are files and directories; its values are
/// the script threads that opened them.
constexpr char kOpenFiles[] = "sluice.open_files";

bool is_open_file(lua_State* state, int index) {
  const auto* file = static_cast<const luaL_Stream*>(luaL_testudata(state, index, LUA_FILEHANDLE));
  return file && file->closef;
}

/// May raise (memory).
bool is_open_directory(lua_State* state, int index) {
  const Directory* directory = lua::Userdata<Directory>::test(state, index);
  return directory && directory->stream;
}

struct Search {
  const ScriptThread& thread;
  bool found = false;
};

/// The protected part of leaves_open_files. Index 1: a Search.
int search(lua_State* state) {
  Search& wanted = *static_cast<Search*>(lua_touserdata(state, 1));
  if (lua_getfield(state, LUA_REGISTRYINDEX, kOpenFiles) != LUA_TTABLE) return 0;
  for (lua_pushnil(state); lua_next(state, 2); lua_pop(state, 1)) {
    if (lua_touserdata(state, 4) != &wanted.thread) continue;
    wanted.found = wanted.found || is_open_file(state, 3) || is_open_directory(state, 3);
    lua_pushvalue(state, 3);
    lua_pushnil(state);
    lua_rawset(state, 2);
  }
  return 0;
}

}  // namespace

void note_open_file(lua_State* state, int index) {
  auto* runtime = static_cast<Runtime*>(lua::home(state).owner);
  ScriptThread* thread = runtime ? runtime->current() : nullptr;
  index = lua_absindex(state, index);
  if (!thread || (!is_open_file(state, index) && !is_open_directory(state, index))) return;
  if (!luaL_getsubtable(state, LUA_REGISTRYINDEX, kOpenFiles)) {
    lua_createtable(state, 0, 1);
    lua_pushliteral(state, "k");
    lua_setfield(state, -2, "__mode");
    lua_setmetatable(state, -2);
  }
  lua_pushvalue(state, index);
  lua_pushlightuserdata(state, thread);
  lua_rawset(state, -3);
  lua_pop(state, 1);
  thread->note_open_file();
}

bool leaves_open_files(lua_State* state, const ScriptThread& thread) noexcept {
  Search wanted{thread};
  if (!thread.opened_files() || !lua_checkstack(state, 2)) return false;
  lua_pushcfunction(state, search);
  lua_pushlightuserdata(state, &wanted);
  if (lua_pcall(state, 1, 0, 0) == LUA_OK) return wanted.found;
  lua_pop(state, 1);
  return true;  // memory is short: assume so
}

}  // namespace sluice::nse
