#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// The module `lfs`: the part of LuaFileSystem that NSE has; leaves its table. (spec cmodules.md, 5)
int open_lfs(lua_State* state);

/// Returns true if the value at `index` is a directory of `lfs.dir` that is not closed yet. May raise (memory).
bool is_open_directory(lua_State* state, int index);

}  // namespace sluice::nse
