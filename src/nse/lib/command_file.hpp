// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

#include "nse/lib/command.hpp"

// Lua files whose operations may block: those of io.popen, and FIFOs, terminals and devices that scripts open. A
// Command represents each. They have the methods of Lua's files, which suspend the script thread while it has to wait.

namespace sluice::nse {

/// Creates the metatable of these files.
void define_command_file(lua_State* state);

/// Returns the file at index 1. Raises if it is closed, or if another thread uses it.
Command& check_command_file(lua_State* state);

// Methods that functions of io call, too. The file is at index 1, followed by the arguments.

int read_command_file(lua_State* state);
int write_command_file(lua_State* state);
int close_command_file(lua_State* state);
/// Pushes an iterator over the lines, or over what the formats name.
int lines_of_command_file(lua_State* state);

}  // namespace sluice::nse
