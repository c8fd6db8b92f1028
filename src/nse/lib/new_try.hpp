#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// nmap.new_try([cleanup]): a handler that hands on what follows a true status, and ends the script without output on a
/// false one, after `cleanup` (which may block) (nmap_library.md 6).
int new_try(lua_State* state);

}  // namespace sluice::nse
