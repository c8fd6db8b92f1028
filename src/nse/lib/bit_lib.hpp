// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Pushes the module `bit`: bitwise operations and shifts on integers of 64 bits. Nmap had it before Lua had bitwise
/// operators, and old script collections use it.
int open_bit(lua_State* state);

/// Pushes the module `bit32` of Lua 5.2: bitwise operations on unsigned integers of 32 bits. Nmap has it if its Lua 5.3
/// was built with it, as on Debian.
int open_bit32(lua_State* state);

}  // namespace sluice::nse
