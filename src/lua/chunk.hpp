#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>

namespace sluice::lua {

/// Compiles a script so that it can be run again and again with an environment of its own each time: pushes a function
/// f(_ENV, ...) whose body is `source`, line numbers kept. Text chunks only; a first line that begins with '#' is
/// skipped. Returns a Lua status; when it is not LUA_OK the message is pushed instead. (spec scheduler.md, 3)
int load_chunk(lua_State* state, std::string_view source, const std::string& path);

}  // namespace sluice::lua
