// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces the functions of Lua's io library that would block the shard. io.popen, and io.open for a FIFO, a terminal
/// or a device, return a file whose methods suspend the script thread (command_file.hpp). The functions of io accept
/// these files. The standard input is empty. Also replaces print by a function that writes each line in one piece.
void open_io(lua_State* state);

}  // namespace sluice::nse
