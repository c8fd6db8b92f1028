#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces string.find, match, gmatch and gsub by ones that can be stopped when a script has used up its burst: what a
/// server sends decides how long a pattern takes. Leaves nothing.
int open_string(lua_State* state);

}  // namespace sluice::nse
