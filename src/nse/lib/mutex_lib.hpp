// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Sets nmap.mutex in the table on top of the stack.
void open_mutex(lua_State* state);

}  // namespace sluice::nse
