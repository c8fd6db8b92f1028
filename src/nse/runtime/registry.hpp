#pragma once

#include <lua.hpp>

#include "lua/plain.hpp"

namespace sluice::nse {

/// What scripts have left in nmap.registry, as plain data; nothing if memory is short. Never raises; runs nothing.
std::optional<lua::Plain::Table> take_registry(lua_State* state, const lua::LeftOut& left_out);
/// Puts the entries into nmap.registry, as lua::put_plain does; false if memory is short.
bool put_registry(lua_State* state, const lua::Plain::Table& entries);

}  // namespace sluice::nse
