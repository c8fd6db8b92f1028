// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/package_lib.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "base/text_file.hpp"
#include "lua/binding.hpp"
#include "nse/lib/load_lib.hpp"
#include "nse/lib/unsafe_lua.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

/// The first searcher: nselib in the data directories.
struct FindLibrary {
  struct Args {
    std::string_view name;
  };
  struct Out {
    bool found, readable;
    std::size_t path_size;  ///< the scratch contains the path, followed by the text of the library
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
    lua::push_string(state, lua::home(state).scratch);  // copied first, because a finalizer may change the scratch
    if (!out.found) {
      lua_pushfstring(state, "\n\tNSE failed to find %s in search paths.", lua_tostring(state, -1));
      return 1;
    }
    if (!out.readable) return lua_error(state);
    std::string_view text = lua::check_string(state, -1);
    lua::push_string(state, text.substr(0, out.path_size));
    text.remove_prefix(out.path_size);
    if (text.starts_with('#')) text.remove_prefix(std::min(text.find('\n'), text.size()));  // as luaL_loadfile does
    const char* name = lua_pushfstring(state, "@%s", lua_tostring(state, -1));
    if (luaL_loadbufferx(state, text.data(), text.size(), name, "t") != LUA_OK) return lua_error(state);
    lua_pushvalue(state, -3);
    return 2;
  }
};

bool is_readable_file(const char* path) noexcept {
  struct stat status {};
  return ::stat(path, &status) == 0 && S_ISREG(status.st_mode) && ::access(path, R_OK) == 0;
}

/// Searches the templates in `path` for a readable file, like package.searchpath. Pushes its path and returns true, or
/// pushes the list of paths that do not exist and returns false. REQUIRES: `path` is a string on the stack.
bool search_path(lua_State* state, const char* name, const char* path, const char* separator, const char* directory) {
  lua_pushstring(state, name);
  if (*separator != '\0') {
    luaL_gsub(state, name, separator, directory);
    lua_remove(state, -2);
  }
  const char* file = lua_tostring(state, -1);
  for (const char* each = path; *each != '\0'; each += std::strcspn(each, LUA_PATH_SEP)) {
    each += std::strspn(each, LUA_PATH_SEP);
    lua_pushlstring(state, each, std::strcspn(each, LUA_PATH_SEP));
    luaL_gsub(state, lua_tostring(state, -1), LUA_PATH_MARK, file);
    lua_remove(state, -2);
    if (is_readable_file(lua_tostring(state, -1))) {
      lua_remove(state, -2);
      return true;
    }
    lua_pop(state, 1);
  }
  luaL_gsub(state, path, LUA_PATH_SEP, "'\n\tno file '");
  luaL_gsub(state, lua_tostring(state, -1), LUA_PATH_MARK, file);
  lua_pushfstring(state, "no file '%s'", lua_tostring(state, -1));
  lua_replace(state, -4);
  lua_pop(state, 2);
  return false;
}

int searchpath(lua_State* state) {
  const char* name = luaL_checkstring(state, 1);
  const char* path = luaL_checkstring(state, 2);
  if (search_path(state, name, path, luaL_optstring(state, 3, "."), luaL_optstring(state, 4, LUA_DIRSEP))) return 1;
  luaL_pushfail(state);
  lua_insert(state, -2);
  return 2;
}

/// Upvalues of the searchers: the table package, Lua's package.loadlib, and the result of push_places().
constexpr int kPackage = lua_upvalueindex(1), kLoadlib = lua_upvalueindex(2), kPlaces = lua_upvalueindex(3);

/// Pushes and returns package.path or package.cpath.
const char* push_path(lua_State* state, const char* field) {
  lua_getfield(state, kPackage, field);
  const char* path = lua_tostring(state, -1);
  if (!path) luaL_error(state, "'package.%s' must be a string", field);
  return path;
}

/// Raises the failure of a module. The message is on top of the stack.
int fail_to_load(lua_State* state, const char* file) {
  return luaL_error(state, "error loading module '%s' from file '%s':\n\t%s", lua_tostring(state, 1), file,
                    lua_tostring(state, -1));
}

int find_lua(lua_State* state) {
  const char* name = luaL_checkstring(state, 1);
  if (!search_path(state, name, push_path(state, "path"), ".", LUA_DIRSEP)) return 1;
  const char* file = lua_tostring(state, -1);
  if (load_file(state, file, nullptr) != LUA_OK) return fail_to_load(state, file);
  lua_insert(state, -2);
  return 2;
}

/// Pushes the path of a C module and returns true, or pushes why there is none and returns false.
bool find_c_file(lua_State* state, const char* name) {
  if (lua::owner<Runtime>(state).options.unsafe_lua)
    return search_path(state, name, push_path(state, "cpath"), ".", LUA_DIRSEP);
  if (search_path(state, name, lua_tostring(state, kPlaces), ".", LUA_DIRSEP)) return true;
  if (search_path(state, name, push_path(state, "cpath"), ".", LUA_DIRSEP))
    lua_pushfstring(
        state,
        "%s\n\tC module '%s' is refused, because it is outside the default package.cpath (--unsafe-lua allows it)",
        lua_tostring(state, -3), lua_tostring(state, -1));
  else
    lua_pushvalue(state, -3);
  return false;
}

/// Pushes three results of package.loadlib: the function that opens the module, or nil, the message, and the kind of
/// error.
void load_function(lua_State* state, const char* file, const char* symbol) {
  lua_pushvalue(state, kLoadlib);
  lua_pushstring(state, file);
  lua_pushfstring(state, "luaopen_%s", symbol);
  lua_call(state, 2, 3);
}

/// Loads a C module. Pushes its function and returns true, or pushes the message and the kind of error and returns
/// false.
bool open_c_module(lua_State* state, const char* file, const char* name) {
  const char* symbol = luaL_gsub(state, name, ".", "_");
  if (const char* mark = std::strchr(symbol, '-')) {
    lua_pushlstring(state, symbol, static_cast<std::size_t>(mark - symbol));
    load_function(state, file, lua_tostring(state, -1));
    const bool lacks_function = lua_isnil(state, -3) && std::strcmp(lua_tostring(state, -1), "init") == 0;
    symbol = lacks_function ? mark + 1 : nullptr;
  }
  if (symbol) load_function(state, file, symbol);
  const bool loaded = !lua_isnil(state, -3);
  if (loaded) lua_pop(state, 2);
  return loaded;
}

int find_c(lua_State* state) {
  const char* name = luaL_checkstring(state, 1);
  if (!find_c_file(state, name)) return 1;
  const char* file = lua_tostring(state, -1);
  if (!open_c_module(state, file, name)) {
    lua_pop(state, 1);
    return fail_to_load(state, file);
  }
  lua_pushstring(state, file);
  return 2;
}

/// The searcher for a submodule in the file of its root module.
int find_c_in_root(lua_State* state) {
  const char* name = luaL_checkstring(state, 1);
  const char* dot = std::strchr(name, '.');
  if (!dot) return 0;
  lua_pushlstring(state, name, static_cast<std::size_t>(dot - name));
  if (!find_c_file(state, lua_tostring(state, -1))) return 1;
  const char* file = lua_tostring(state, -1);
  if (!open_c_module(state, file, name)) {
    const bool lacks_function = std::strcmp(lua_tostring(state, -1), "init") == 0;
    lua_pop(state, 1);
    if (!lacks_function) return fail_to_load(state, file);
    lua_pushfstring(state, "no module '%s' in file '%s'", name, file);
    return 1;
  }
  lua_pushstring(state, file);
  return 2;
}

/// Pushes the templates of package.cpath that are compiled into Lua, without those relative to the working directory.
void push_places(lua_State* state) {
  luaL_Buffer buffer;
  luaL_buffinit(state, &buffer);
  for (std::string_view rest = LUA_CPATH_DEFAULT; !rest.empty();) {
    const std::string_view place = rest.substr(0, rest.find(*LUA_PATH_SEP));
    rest.remove_prefix(std::min(rest.size(), place.size() + 1));
    if (!place.starts_with('/')) continue;
    luaL_addlstring(&buffer, place.data(), place.size());
    luaL_addstring(&buffer, LUA_PATH_SEP);
  }
  luaL_buffsub(&buffer, 1);  // the last separator
  luaL_pushresult(&buffer);
}

}  // namespace

void open_package(lua_State* state) {
  lua_getglobal(state, LUA_LOADLIBNAME);
  const int package = lua_gettop(state);
  lua_pushcfunction(state, searchpath);
  lua_setfield(state, package, "searchpath");

  lua_getfield(state, package, "searchers");
  const int searchers = lua_gettop(state);
  lua_rawgeti(state, searchers, 1);  // package.preload
  lua_rawseti(state, searchers, 2);
  lua_pushcfunction(state, lua::call<FindLibrary>);
  lua_rawseti(state, searchers, 1);
  constexpr lua_CFunction kSearchers[] = {find_lua, find_c, find_c_in_root};
  lua_Integer place = 3;
  for (const lua_CFunction searcher : kSearchers) {
    lua_pushvalue(state, package);
    lua_getfield(state, package, "loadlib");
    push_places(state);
    lua_pushcclosure(state, searcher, 3);
    lua_rawseti(state, searchers, place++);
  }
  if (!lua::owner<Runtime>(state).options.unsafe_lua) refuse(state, package, "package", "loadlib");
  lua_settop(state, package - 1);
}

}  // namespace sluice::nse
