#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Opens LPeg with a `match` that can be stopped: its virtual machine may go on for longer than the universe lasts and
/// calls nothing meanwhile. Leaves the library on the stack.
int open_lpeg(lua_State* state);

/// Leaves the match that runs, without return, if the interrupted instruction belongs to LPeg's virtual machine itself.
/// It uses nothing but its local variables and memory that Lua collects, so it can be left at each of its
/// instructions, though not in a function that it calls. For the CPU watchdog's signal handler: `context` is its third
/// argument.
void leave_match(const void* context) noexcept;

}  // namespace sluice::nse
