// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces coroutine.resume, coroutine.wrap and coroutine.close. Pushes nothing.
///
/// A blocking function that runs in a coroutine of the script suspends the whole script thread; when the thread is
/// resumed, the script continues in that coroutine (docs/nse-compat.md, "Environment of scripts"). The CPU watchdog
/// also measures the variables that coroutine.close closes. All three functions refuse a coroutine that has the mark
/// (blocking.hpp).
int open_coroutine(lua_State* state);

/// Resumes `inner` from the running coroutine `state`, like lua_resume: passes the `arguments` topmost values of
/// `inner`, sets `results`, and returns a Lua status. The CPU watchdog then measures `inner`. If `state` cannot yield,
/// blocking functions raise in `inner`, too.
int resume_inner(lua_State* state, lua_State* inner, int arguments, int* results);

}  // namespace sluice::nse
