#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Leaves the table nmap.dnet: what sends packets and frames of a script's own making (sockets.md 7).
int open_dnet(lua_State* state);

}  // namespace sluice::nse
