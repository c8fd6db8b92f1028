// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

#include "lua/plain.hpp"

namespace sluice::nse {

// Both functions transfer nmap.registry between the Lua states of shards. They never raise and run no code of scripts.

/// Returns the contents of nmap.registry as plain data; nothing if memory is short. `left_out` is called for each value
/// that is no data, such as a function.
std::optional<lua::Plain::Table> take_registry(lua_State* state, const lua::LeftOut& left_out);
/// Puts the entries into nmap.registry, as lua::put_plain does. Returns false if memory is short.
bool put_registry(lua_State* state, const lua::Plain::Table& entries);

}  // namespace sluice::nse
