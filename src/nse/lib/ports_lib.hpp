// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Sets the functions of nmap on ports in the table on top of the stack: get_port_state, get_ports, set_port_state,
/// set_port_version and port_is_excluded (docs/nse-compat.md, "The nmap library").
void set_port_functions(lua_State* state);

}  // namespace sluice::nse
