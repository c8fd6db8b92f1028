// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Pushes the module `zlib`, which has the interface of lzlib 0.4 (docs/nse-compat.md, "C modules").
int open_zlib(lua_State* state);

}  // namespace sluice::nse
