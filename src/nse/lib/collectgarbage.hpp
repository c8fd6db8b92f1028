// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces collectgarbage by a function that uses GarbageCollector. Pushes nothing.
int open_collector(lua_State* state);

}  // namespace sluice::nse
