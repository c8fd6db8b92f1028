// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces os.exit by a function that ends the script instance of the running thread, child threads included. No pcall
/// can catch this. If a script calls os.exit while it is loaded, Runtime::load fails, also if a pcall catches the
/// error.
void open_exit(lua_State* state);

}  // namespace sluice::nse
