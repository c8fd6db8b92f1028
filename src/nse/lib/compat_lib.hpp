#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Changes the standard libraries of a state so that what was written for Lua 5.3 runs under 5.4: `string.unpack` takes
/// a "z" whose zero byte is missing at the end of the string, and bitwise operators take strings that look like
/// integers, as 5.3 had it. Leaves nothing. Once per state, before any script runs.
int open_compat(lua_State* state);

}  // namespace sluice::nse
