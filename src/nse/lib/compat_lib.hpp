// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Changes the standard libraries so that scripts written for Lua 5.3 run under 5.4: `string.unpack` accepts a "z"
/// whose zero byte is missing at the end of the string, and bitwise operators accept strings that represent integers.
/// Pushes nothing. Call this once per Lua state, before any script runs.
int open_compat(lua_State* state);

}  // namespace sluice::nse
