// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <string>

namespace sluice::nse {

/// Ends the running script thread in a way that no pcall can catch. The coroutines of the thread yield outwards and are
/// never resumed. While a coroutine cannot yield, each of its instructions raises. Does not return.
/// REQUIRES: ScriptThread::ending().
int end_thread(lua_State* state);

/// Replaces xpcall and setmetatable. Lua runs the message handlers of xpcall and the finalizers (__gc) without hooks,
/// so that a script could run code there that end_thread does not reach. Pushes nothing.
int open_kill(lua_State* state);

}  // namespace sluice::nse
