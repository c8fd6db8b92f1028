// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Opens all libraries of scripts in the Lua state of a Runtime (docs/nse-compat.md, "Environment of scripts"): the C
/// modules, the searcher for nselib, the replaced standard functions, and the libraries of nselib that are loaded
/// first. Applies `strict` to _G. Raises if a library is missing.
void open_environment(lua_State* state);

}  // namespace sluice::nse
