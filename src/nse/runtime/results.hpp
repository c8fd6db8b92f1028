// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <optional>
#include <sluice/report.hpp>
#include <string>

namespace sluice::nse {

/// Converts the return values of an action to a script result (docs/nse-compat.md, "Results of scripts"): the first
/// value is at `index`, the second one above it. `id`: that of the script. Returns nothing if the action returned no
/// result, or if memory is short. Never raises: if a __tostring or __pairs fails, the result contains the error
/// message.
std::optional<ScriptResult> script_result(lua_State* state, int index, const std::string& id);

/// Pushes the error value of stdnse.silent_require, which ends a script whose library is missing without a message.
void push_silent_failure(lua_State* state);
/// True if the error value at `index` ends a script without output: it is that of stdnse.silent_require or of a handler
/// of nmap.new_try.
bool is_silent_failure(lua_State* state, int index);
/// Replaces the error value of an nmap.new_try handler, on top of the stack, by the message in it. The info function of
/// a child thread returns this message. Leaves other values as they are.
void unwrap_try_error(lua_State* state);
/// Returns the text of an error value. If is_silent_failure(), that is the message in the error value. Never raises.
std::string describe_error(lua_State* state, int index);

}  // namespace sluice::nse
