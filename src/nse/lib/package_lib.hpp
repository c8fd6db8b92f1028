// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces package.searchers and package.searchpath:
/// - `require` searches nselib in the data directories first, then package.preload, then package.path.
/// - Libraries must be regular files with Lua text.
/// - C modules come from the directories compiled into Lua's library, except those below the working directory. With
///   --unsafe-lua they come from package.cpath.
///
/// package.loadlib is refused without --unsafe-lua.
void open_package(lua_State* state);

}  // namespace sluice::nse
