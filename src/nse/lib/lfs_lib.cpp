// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/lfs_lib.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lua/binding.hpp"
#include "lua/userdata.hpp"
#include "nse/runtime/directory.hpp"
#include "nse/runtime/open_files.hpp"

namespace sluice::nse {
namespace {

using DirectoryData = lua::Userdata<Directory>;

/// Returns the next name; nil at the end, and closes the directory then.
int next(lua_State* state) {
  Directory& directory = DirectoryData::check(state, 1);
  luaL_argcheck(state, directory.stream, 1, "closed directory");
  if (const dirent* entry = readdir(directory.stream)) {
    lua_pushstring(state, entry->d_name);
    return 1;
  }
  directory.close();
  return 0;
}

int close(lua_State* state) {
  DirectoryData::check(state, 1).close();
  return 0;
}

int dir(lua_State* state) {
  const char* path = luaL_checkstring(state, 1);
  lua_pushcfunction(state, next);
  Directory& directory = DirectoryData::push(state);
  directory.stream = opendir(path);
  if (!directory.stream) return luaL_error(state, "cannot open %s: %s", path, std::strerror(errno));
  note_open_file(state, -1);
  return 2;
}

/// Pushes the results of a system call: true; or nil, the text of errno and, if `with_number`, errno.
int push_outcome(lua_State* state, int result, bool with_number) {
  const int error = errno;
  if (result == 0) {
    lua_pushboolean(state, true);
    return 1;
  }
  lua_pushnil(state);
  lua_pushstring(state, std::strerror(error));
  if (!with_number) return 2;
  lua_pushinteger(state, error);
  return 3;
}

int make_directory(lua_State* state) {
  constexpr mode_t kMode = S_IRWXU | S_IRWXG | S_IROTH | S_IXOTH;
  return push_outcome(state, mkdir(luaL_checkstring(state, 1), kMode), false);
}

int remove_directory(lua_State* state) { return push_outcome(state, rmdir(luaL_checkstring(state, 1)), false); }

int make_link(lua_State* state) {
  const char* old_path = luaL_checkstring(state, 1);
  const char* new_path = luaL_checkstring(state, 2);
  const bool symbolic = lua_toboolean(state, 3);
  return push_outcome(state, symbolic ? symlink(old_path, new_path) : link(old_path, new_path), true);
}

int get_path_separator(lua_State* state) {
  lua_pushliteral(state, "/");
  return 1;
}

constexpr luaL_Reg kDirectoryMethods[] = {{"next", next}, {"close", close}, {nullptr, nullptr}};
constexpr luaL_Reg kLfsFunctions[] = {{"dir", dir},
                                      {"mkdir", make_directory},
                                      {"rmdir", remove_directory},
                                      {"link", make_link},
                                      {"get_path_separator", get_path_separator},
                                      {nullptr, nullptr}};

}  // namespace

int open_lfs(lua_State* state) {
  DirectoryData::define(state, kDirectoryMethods);
  luaL_newlib(state, kLfsFunctions);
  // Scripts may compare the version. The implementation is not that of LuaFileSystem.
  lua::set_field(state, "_VERSION", "LuaFileSystem 1.5.0");
  lua::set_field(state, "_DESCRIPTION", "Directories and links, with the interface of LuaFileSystem");
  lua::set_field(state, "_COPYRIGHT", "The sluice authors");
  return 1;
}

}  // namespace sluice::nse
