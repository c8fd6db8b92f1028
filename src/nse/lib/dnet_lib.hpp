// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Pushes the library nmap.dnet, which sends raw IP packets and Ethernet frames (docs/nse-compat.md, "Captures and
/// packets").
int open_dnet(lua_State* state);

}  // namespace sluice::nse
