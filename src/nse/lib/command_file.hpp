#pragma once

#include <lua.hpp>

#include "nse/lib/command.hpp"

// Files that are sockets of the network: those of io.popen, and FIFOs, terminals and devices that scripts open. Their
// methods are those of Lua's files, and suspend the thread while it has to wait.

namespace sluice::nse {

/// Defines the class of these files with its methods.
void define_command_file(lua_State* state);

/// The file at 1. Raises if it is closed, or if another thread uses it.
Command& check_command_file(lua_State* state);

// The methods that functions of io call, too. The file is at 1.
int read_command_file(lua_State* state);
int write_command_file(lua_State* state);
int close_command_file(lua_State* state);
/// Pushes an iterator.
int lines_of_command_file(lua_State* state);

}  // namespace sluice::nse
