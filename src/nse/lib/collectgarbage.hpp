#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces collectgarbage. Leaves nothing.
int open_collector(lua_State* state);

}  // namespace sluice::nse
