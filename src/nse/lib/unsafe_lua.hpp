#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces the function `name` of the library table at `index` by one that raises an error, which names
/// `library`.`name` and --unsafe-lua.
void refuse(lua_State* state, int index, const char* library, const char* name);

/// Refuses the functions of `debug`, `string` and `os` by which a script could crash the process or take the engine's
/// hook away: all of `debug` but traceback and getinfo, string.dump, os.setlocale. To be called unless Lua is unsafe.
/// load_lib.hpp refuses binary chunks, and package_lib.hpp refuses C modules.
void refuse_unsafe_functions(lua_State* state);

}  // namespace sluice::nse
