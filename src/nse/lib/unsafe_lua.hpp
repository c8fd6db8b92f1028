// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces the function `name` of the library table at `index` by a function that raises an error. The message names
/// `library`.`name` and the option --unsafe-lua.
void refuse(lua_State* state, int index, const char* library, const char* name);

/// Refuses functions by which a script could crash the process or remove the engine's hook: all of `debug` except
/// traceback and getinfo, string.dump, and os.setlocale. Not called with --unsafe-lua. (load_lib.hpp refuses binary
/// chunks; package_lib.hpp refuses C modules.)
void refuse_unsafe_functions(lua_State* state);

}  // namespace sluice::nse
