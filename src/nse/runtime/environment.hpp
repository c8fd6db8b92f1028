#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Opens everything that scripts find in a state of their own Runtime (scheduler.md 2): the C modules, the search for
/// nselib, the replaced standard functions, the libraries that come first, `strict` on _G. Raises what is missing.
void open_environment(lua_State* state);

}  // namespace sluice::nse
