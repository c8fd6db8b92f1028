// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// nmap.new_try([cleanup]) returns a handler. The handler returns the values that follow a true status. For a false
/// status it calls `cleanup`, which may block, and ends the script without output (docs/nse-compat.md, "The nmap
/// library").
int new_try(lua_State* state);

}  // namespace sluice::nse
