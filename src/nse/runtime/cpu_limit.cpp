// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/cpu_limit.hpp"

#include <fmt/format.h>

#include <new>
#include <string>

#include "nse/runtime/blocking.hpp"
#include "nse/runtime/kill.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

using Due = CpuWatchdog::Due;

/// Returns "FILE:LINE" of the innermost Lua function on the stack; "" if there is none.
std::string place_of(lua_State* state) {
  lua_Debug frame;
  for (int level = 0; lua_getstack(state, level, &frame) != 0; ++level)
    if (lua_getinfo(state, "Sl", &frame) != 0 && frame.currentline > 0)
      return fmt::format("{}:{}", frame.short_src, frame.currentline);
  return "";
}

/// Sets the kill reason of the thread. Separate from kill(), so that its strings are destroyed before kill() raises.
void note_why(const CpuWatchdog& watchdog, ScriptThread& thread, lua_State* state) noexcept try {
  const std::string place = place_of(state);
  event::KillCause cause = event::KillCause::None;
  std::string reason = "computed after a stop request";
  if (thread.refusals() > MemoryLimit::kMaxRefusals) {
    cause = event::KillCause::Memory;
    reason = "requested memory again after a refusal (--script-memory)";
  } else if (!watchdog.shortened()) {
    cause = event::KillCause::CpuBudget;
    const std::chrono::duration<double> budget = watchdog.limits().budget;
    reason = fmt::format("computed for {:g} s without waiting (--script-burst)", budget.count());
  }
  if (!place.empty()) reason += " at " + place;
  thread.set_kill_reason(std::move(reason), cause, thread.traceback(state));
} catch (const std::bad_alloc&) {
  thread.set_kill_reason("computed", event::KillCause::None, {});  // short: std::string does not allocate for it
}

void kill(lua_State* state) {
  Runtime& runtime = lua::owner<Runtime>(state);
  ScriptThread* thread = runtime.current();
  if (!thread) {
    luaL_error(state, "computes for longer than its CPU budget (--script-burst)");
    return;
  }
  if (!thread->ending()) note_why(runtime.watchdog, *thread, state);
  end_thread(state);
}

/// Returns false if memory is short.
bool preempt(ScriptThread& thread, lua_State* coroutine) noexcept try {
  thread.preempt(coroutine);
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

}  // namespace

void on_cpu_limit(lua_State* state, lua_Debug* activation) {
  Runtime& runtime = lua::owner<Runtime>(state);
  runtime.watchdog.stand_still_if_stuck();
  const Due due = runtime.watchdog.due();
  if (due == Due::Kill) return kill(state);
  ScriptThread* thread = runtime.current();
  if (due == Due::Nothing || !thread || thread->ending()) return runtime.watchdog.clear_hook(state);
  const bool between_instructions = activation->event == LUA_HOOKCOUNT;
  if (!may_suspend(state)) {  // the hook checks again when a function returns
    if (between_instructions) lua_sethook(state, on_cpu_limit, LUA_MASKRET, 0);
    return;
  }
  if (!between_instructions) return lua_sethook(state, on_cpu_limit, LUA_MASKCOUNT, 1);
  runtime.watchdog.clear_hook(state);
  if (preempt(*thread, state)) lua_yield(state, 0);
}

void check_cpu_budget(lua_State* state) {
  if (lua::owner<Runtime>(state).watchdog.over_budget()) kill(state);
}

}  // namespace sluice::nse
