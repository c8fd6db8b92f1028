#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Sets in the table on top of the stack what nmap has for ports: get_port_state, get_ports, set_port_state,
/// set_port_version, port_is_excluded (nmap_library.md 1).
void set_port_functions(lua_State* state);

}  // namespace sluice::nse
