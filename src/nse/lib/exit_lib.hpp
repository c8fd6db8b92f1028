#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces os.exit by a function that ends the script instance of the running thread, its child threads included, in a
/// way that no pcall can catch. While a script is loaded, the load fails (Runtime::load), whatever catches the error.
void open_exit(lua_State* state);

}  // namespace sluice::nse
