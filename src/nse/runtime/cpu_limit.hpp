// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// The Lua hook that the CpuWatchdog sets on a coroutine that has exceeded a limit.
///
/// If the script thread has used up its CPU budget, the hook kills it. If it has exceeded its CPU limit, the hook
/// preempts it: the hook yields, and the yield passes outwards through the coroutines of the script, as that of a
/// blocking function does. While the coroutine cannot yield, the hook runs at each return of a function until it can.
void on_cpu_limit(lua_State* state, lua_Debug* activation);

/// Kills the running script thread if it has used up its CPU budget; does not return then. C functions that compute for
/// long call this between two steps. May raise or yield.
void check_cpu_budget(lua_State* state);

}  // namespace sluice::nse
