// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Pushes the library LPeg, with a `match` that the CPU watchdog can leave when the script thread is killed. The
/// virtual machine of LPeg may need exponential time, and calls neither Lua nor a hook while it matches.
int open_lpeg(lua_State* state);

}  // namespace sluice::nse
