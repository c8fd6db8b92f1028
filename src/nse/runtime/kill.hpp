#pragma once

#include <lua.hpp>
#include <string>

namespace sluice::nse {

/// Ends the running script thread in a way that no pcall can catch: its coroutines yield outwards and are never
/// resumed; where one cannot yield, every instruction raises until one can. Does not return, as lua_error does not.
/// REQUIRES: ScriptThread::ending().
int end_thread(lua_State* state);

/// Replaces what would let a script escape that end: xpcall, whose handlers run without hooks, and setmetatable, whose
/// __gc does.
int open_kill(lua_State* state);

}  // namespace sluice::nse
