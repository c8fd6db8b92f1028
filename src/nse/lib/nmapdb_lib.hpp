// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

#include "nse/runtime/nmap_db.hpp"

namespace sluice::nse {

/// Pushes the module `nmapdb`. The argument at index 1 is a light userdata: an NmapDb that outlives the Lua state.
int open_nmapdb(lua_State* state);

}  // namespace sluice::nse
