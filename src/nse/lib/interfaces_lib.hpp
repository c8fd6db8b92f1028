// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// nmap.get_interface_info(name), which is also in nmap.dnet (docs/nse-compat.md, "The nmap library").
int get_interface_info(lua_State* state);

/// Sets nmap.list_interfaces and nmap.get_interface_info in the table on top of the stack.
void set_interface_functions(lua_State* state);

}  // namespace sluice::nse
