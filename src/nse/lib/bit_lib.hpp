#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// The module `bit`, which nmap had before Lua had operators, for collections of that time: 64-bit integers, logical
/// and arithmetic shifts; leaves its table.
int open_bit(lua_State* state);

/// The module `bit32` of Lua 5.2, which nmap has where its Lua 5.3 was built with it (Debian's is): operations on
/// unsigned numbers of 32 bits; leaves its table.
int open_bit32(lua_State* state);

}  // namespace sluice::nse
