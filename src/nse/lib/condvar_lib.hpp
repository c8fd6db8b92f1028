// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Sets nmap.condvar in the table on top of the stack.
void open_condvar(lua_State* state);

}  // namespace sluice::nse
