// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Pushes the module `libssh2` (docs/nse-compat.md, "C modules").
int open_libssh2(lua_State* state);

/// Functions of the module that work on channels.
extern const luaL_Reg kSshChannelFunctions[];
/// Creates the metatable of channels.
void define_ssh_channel(lua_State* state);

}  // namespace sluice::nse
