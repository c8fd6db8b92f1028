#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Opens LPeg with a `match` that can be stopped: its virtual machine may go on for longer than the universe lasts and
/// calls nothing meanwhile. The CPU watchdog leaves it. Leaves the library on the stack.
int open_lpeg(lua_State* state);

}  // namespace sluice::nse
