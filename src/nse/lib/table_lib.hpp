// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces table.concat, insert, move, remove, sort and unpack by functions that stop when the script thread is
/// killed. The loops of Lua's functions run without hooks if the metamethods of the table are C functions, and a script
/// chooses the number of their steps.
void open_table(lua_State* state);

}  // namespace sluice::nse
