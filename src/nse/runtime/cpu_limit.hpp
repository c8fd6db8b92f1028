#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// The hook that the CpuWatchdog sets on a coroutine whose burst has exceeded a limit. Over its budget the script
/// thread is killed. Beyond that of one resume it is preempted: the hook yields, which passes outwards through the
/// coroutines of the script as a blocking call does. Where the coroutine cannot yield, the hook waits for the first
/// function that returns to a place where it can.
void on_cpu_limit(lua_State* state, lua_Debug* activation);

/// For C functions that compute for long, between two steps: kills the script thread if its burst is over budget. Does
/// not return then, as lua_error does not.
void check_cpu_budget(lua_State* state);

}  // namespace sluice::nse
