#pragma once

#include <lua.hpp>
#include <type_traits>

#include "lua/binding.hpp"
#include "nse/runtime/runtime.hpp"

// Functions that suspend the script thread. A struct in steps, as lua::call has them:
//
//   parse(L)                                 sees Lua, may raise; returns a trivially destructible struct
//   start(runtime, thread, L, args)          noexcept; starts an operation of the thread (L only identifies the
//                                            coroutine)
//   next_stage(runtime, thread)              noexcept; true: thread.reply() is the answer; false: a further operation
//                                            has been started
//   push(L, runtime, thread)                 results; or kAgain after it has started another operation
//
// Yielding and resuming live here, and in coroutine_lib.cpp, which carries them out of nested coroutines.

namespace sluice::nse {

inline constexpr int kAgain = -1;

/// The thread that runs; raises outside of one.
ScriptThread& running_thread(lua_State* state);
/// Is there one, and can it be suspended here?
[[nodiscard]] bool may_suspend(lua_State* state) noexcept;
/// The running thread for what is about to suspend it; raises where it could not.
ScriptThread& suspendable_thread(lua_State* state);

/// Yields, and runs `then` once the coroutine is resumed. Until then the engine's mark lies on top of its stack.
int suspend(lua_State* state, lua_KFunction then);
/// The mark lies on every coroutine that no script may resume or close: one that a blocking call has suspended, and a
/// worker that has not begun. A preempted coroutine counts as marked, but has nothing on its stack: a hook leaves
/// nothing there. The mark is taken off before the coroutine is resumed.
void put_mark(lua_State* coroutine) noexcept;
[[nodiscard]] bool has_mark(lua_State* coroutine) noexcept;
void take_mark(lua_State* coroutine) noexcept;

template <class Op>
int await(lua_State* state);

/// Takes the reply, which must be there. Returns true if it is the answer; false if a further operation was started.
template <class Op>
bool handle_reply(Runtime& runtime, ScriptThread& thread) noexcept {
  static_assert(noexcept(Op::next_stage(runtime, thread)));
  thread.take_reply();
  if (!Op::next_stage(runtime, thread)) return false;
  thread.end_operation();
  return true;
}

template <class Op>
int awaited(lua_State* state, int, lua_KContext) {
  Runtime& runtime = lua::owner<Runtime>(state);
  ScriptThread& thread = *runtime.current();
  thread.unsuspend();
  if (handle_reply<Op>(runtime, thread)) {
    const int results = Op::push(state, runtime, thread);
    if (results != kAgain) return results;
  }
  return await<Op>(state);
}

template <class Op>
int await(lua_State* state) {
  Runtime& runtime = lua::owner<Runtime>(state);
  ScriptThread& thread = *runtime.current();
  while (runtime.parts.scheduler.reply_ready(thread.id())) {
    if (!handle_reply<Op>(runtime, thread)) continue;
    const int results = Op::push(state, runtime, thread);
    if (results != kAgain) return results;
  }
  thread.suspend_in(state);
  return suspend(state, awaited<Op>);
}

template <class Op>
int block(lua_State* state) {
  auto arguments = Op::parse(state);
  static_assert(std::is_trivially_destructible_v<decltype(arguments)>);
  ScriptThread& thread = suspendable_thread(state);
  Runtime& runtime = lua::owner<Runtime>(state);
  static_assert(noexcept(Op::start(runtime, thread, state, arguments)));
  Op::start(runtime, thread, state, arguments);
  return await<Op>(state);
}

}  // namespace sluice::nse
