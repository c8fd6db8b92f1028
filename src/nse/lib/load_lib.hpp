#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Loads a regular file as luaL_loadfilex does: pushes the function or the error message, and returns a Lua status.
/// `mode` as for Lua's load; nullptr stands for "bt". Binary chunks are refused unless Lua is unsafe (--unsafe-lua).
/// Other kinds of files, which may block, are errors. `path` nullptr: the standard input, which is empty for scripts.
int load_file(lua_State* state, const char* path, const char* mode);

/// Replaces load, loadfile and dofile of the global table by versions that can be stopped and that refuse binary
/// chunks.
void open_load(lua_State* state);

}  // namespace sluice::nse
