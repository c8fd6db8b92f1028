#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces what would block in Lua's io library: io.popen makes files whose reads, writes and close wait as sockets
/// do, and the standard input is empty. The functions of io that take files take these as well. A line of print is
/// written in one piece.
void open_io(lua_State* state);

}  // namespace sluice::nse
