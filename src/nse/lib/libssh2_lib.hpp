#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// The module `libssh2`; leaves its table. (spec cmodules.md, 4)
int open_libssh2(lua_State* state);

/// Its functions on channels.
extern const luaL_Reg kSshChannelFunctions[];
/// Makes the metatable of channels.
void define_ssh_channel(lua_State* state);

}  // namespace sluice::nse
