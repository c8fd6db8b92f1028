// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Adds the functions of the engine to the library stdnse, which is on top of the stack: new_thread, base, gettid,
/// getid, getinfo, gethostport, isworker and silent_require (docs/nse-compat.md, "Environment of scripts").
void set_stdnse(lua_State* state);

}  // namespace sluice::nse
