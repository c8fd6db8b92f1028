// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Compiles a regular file, like luaL_loadfilex: pushes the function or the error message, and returns a Lua status.
/// `path`: null means the standard input, which is empty. `mode`: as for Lua's load; null means "bt". Binary chunks are
/// refused without --unsafe-lua.
/// Errors: the file is not a regular file, and so might block.
int load_file(lua_State* state, const char* path, const char* mode);

/// Replaces the globals load, loadfile and dofile by functions that stop when the script thread is killed, and that
/// refuse binary chunks without --unsafe-lua.
void open_load(lua_State* state);

}  // namespace sluice::nse
