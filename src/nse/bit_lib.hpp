#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// The module `bit`, which nmap had before Lua had operators, for collections of that time: 64-bit integers, logical
/// and arithmetic shifts; leaves its table.
int open_bit(lua_State* state);

}  // namespace sluice::nse
