#pragma once

#include <lua.hpp>

#include "nse/runtime/nmap_db.hpp"

namespace sluice::nse {

/// The module `nmapdb` over `db`, a light userdata to an NmapDb that outlives the state, as its first argument; leaves
/// its table.
int open_nmapdb(lua_State* state);

}  // namespace sluice::nse
