#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces what `require` searches behind package.preload, and package.searchpath, so that
/// - libraries are regular files of Lua text, and C modules come from the places compiled into Lua's library alone,
///   those below the working directory left out; what package.cpath says counts with --unsafe-lua only;
/// - the data directories' nselib comes before all.
/// package.loadlib is refused without --unsafe-lua.
void open_package(lua_State* state);

}  // namespace sluice::nse
