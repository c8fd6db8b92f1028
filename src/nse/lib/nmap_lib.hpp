// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Pushes the module `nmap` (docs/nse-compat.md, "The nmap library").
int open_nmap(lua_State* state);

}  // namespace sluice::nse
