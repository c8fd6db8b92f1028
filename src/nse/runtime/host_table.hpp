// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <sluice/report.hpp>

namespace sluice::nse {

struct ScriptHost;

// The fields of the tables are in docs/nse-compat.md, "Host and port tables".

/// Pushes a new host table with an empty `registry`.
void push_host(lua_State* state, const ScriptHost& host);
/// Pushes a deep copy of the table of an entered host, for one script thread. All copies share the table `registry`.
void push_host_copy(lua_State* state, const ScriptHost& host);
/// Pushes a new port table.
void push_port(lua_State* state, const PortReport& port);

/// Returns the host that the table at `index` names: a host table that a script received, or a table with the field
/// `ip` or `targetname`. Raises if the host has not been entered into the Runtime, or has left it.
ScriptHost& check_host(lua_State* state, int index);

}  // namespace sluice::nse
