// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Pushes the table of functions that shared_object needs. It keeps neither its keys nor its values alive.
void push_weak_table(lua_State* state);

/// The common part of nmap.mutex and nmap.condvar (docs/nse-compat.md, "The nmap library"). Pushes the function that
/// belongs to the object at index 1. If there is none, calls `make`, which pushes a new function. A function exists as
/// long as something refers to it. Raises for nil, booleans and numbers. Equal strings are the same object.
/// REQUIRES: upvalue 1 of the running function is a table of push_weak_table.
int shared_object(lua_State* state, void (*make)(lua_State*));

}  // namespace sluice::nse
