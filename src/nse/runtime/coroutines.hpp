#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces coroutine.resume and coroutine.wrap, so that a blocking call inside a coroutine that the script made itself
/// suspends the whole script thread and comes back to where it was (scheduler.md 8), and coroutine.close, whose close
/// handlers are watched like all else. None of them touches a coroutine that bears the engine's mark. Leaves nothing.
int open_coroutine(lua_State* state);

/// Resumes a coroutine for the one that runs, with as many arguments as lie on top of it; as lua_resume otherwise. It
/// is watched by the CPU watchdog, and where the outer one cannot yield the inner one cannot block.
int resume_inner(lua_State* state, lua_State* inner, int arguments, int* results);

}  // namespace sluice::nse
