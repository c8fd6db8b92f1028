#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// The module `lfs`: the part of LuaFileSystem that NSE has; leaves its table. (spec cmodules.md, 5)
int open_lfs(lua_State* state);

}  // namespace sluice::nse
