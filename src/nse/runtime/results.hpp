#pragma once

#include <lua.hpp>
#include <optional>
#include <sluice/report.hpp>
#include <string>

namespace sluice::nse {

/// What action returned, r1 at `index` and r2 behind it, as a result (scheduler.md 13); nothing if there is none.
/// Never raises: a __tostring or __pairs that fails gives a result that says so.
std::optional<ScriptResult> script_result(lua_State* state, int index, const std::string& id);

/// Pushes the table that stdnse.silent_require raises: it ends a script whose library is missing, without a message.
void push_silent_failure(lua_State* state);
/// Is the error value at `index` one that ends a script without output: that one, or of an nmap.new_try handler?
bool is_silent_failure(lua_State* state, int index);
/// Of what an nmap.new_try handler raised, on top of the stack, leaves only the message: what a worker's parent is
/// told.
void unwrap_try_error(lua_State* state);
/// The text of an error value: of those tables their message. Never raises.
std::string describe_error(lua_State* state, int index);

}  // namespace sluice::nse
