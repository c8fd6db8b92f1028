#pragma once

#include <lua.hpp>
#include <sluice/report.hpp>

namespace sluice::nse {

struct ScriptHost;

/// Pushes the table of a host (nmap_library.md 4) with an empty registry.
void push_host(lua_State* state, const ScriptHost& host);
/// Pushes a thread's own copy of that table, whose registry is the one that all share.
void push_host_copy(lua_State* state, const ScriptHost& host);
/// Pushes a new table of a port (nmap_library.md 5).
void push_port(lua_State* state, const PortReport& port);

/// The host that an argument means: a table that was given to a script, or one with `ip` or `targetname`. Raises if
/// it is not being processed.
ScriptHost& check_host(lua_State* state, int index);

}  // namespace sluice::nse
