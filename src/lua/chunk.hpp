// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>

namespace sluice::lua {

/// Compiles a script so that it can be executed several times with different environments. Pushes a function f(_ENV,
/// ...) with `source` as its body and the same line numbers. Accepts text only, no binary chunks; skips a first line
/// that begins with '#' (docs/nse-compat.md, "Choice of scripts and their arguments"). `path`: name of the chunk in
/// messages.
/// Returns a Lua status. If it is not LUA_OK, the error message is pushed instead of the function.
int load_chunk(lua_State* state, std::string_view source, const std::string& path);

}  // namespace sluice::lua
