#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Adds what the engine gives to the library stdnse, whose table is on top of the stack (scheduler.md 12): new_thread,
/// base, gettid, getid, getinfo, gethostport, isworker, silent_require.
void set_stdnse(lua_State* state);

}  // namespace sluice::nse
