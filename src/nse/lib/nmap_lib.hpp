#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// The module `nmap`; leaves its table (nmap_library.md).
int open_nmap(lua_State* state);

}  // namespace sluice::nse
