#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Replaces table.concat, insert, move, remove, sort and unpack by functions that do the same and can be stopped: with
/// metamethods of C their loops run without hooks, as long as a script says.
void open_table(lua_State* state);

}  // namespace sluice::nse
