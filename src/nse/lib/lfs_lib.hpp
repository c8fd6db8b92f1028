// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Pushes the module `lfs`: the part of LuaFileSystem that NSE has (docs/nse-compat.md, "C modules").
int open_lfs(lua_State* state);

}  // namespace sluice::nse
