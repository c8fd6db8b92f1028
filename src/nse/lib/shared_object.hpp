#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Pushes a table that keeps neither its keys nor its values alive: upvalue 1 of whatever calls shared_object.
void push_weak_table(lua_State* state);

/// What nmap.mutex and nmap.condvar have in common: for the object that is the first argument, the function that
/// stands for it as long as somebody holds that function; `make` pushes a new one. Objects that are values rather than
/// identities (nil, booleans, numbers) are refused; strings count by value. (nmap_library.md 7)
int shared_object(lua_State* state, void (*make)(lua_State*));

}  // namespace sluice::nse
