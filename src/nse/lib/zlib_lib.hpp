#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// The module `zlib`, with the interface of lzlib 0.4; leaves its table. (spec cmodules.md, 3)
int open_zlib(lua_State* state);

}  // namespace sluice::nse
