#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces coroutine.resume and coroutine.wrap, so that a blocking call inside a coroutine that the script made itself
/// suspends the whole script thread and comes back to where it was (scheduler.md 8). Leaves nothing.
int open_coroutine(lua_State* state);

}  // namespace sluice::nse
