// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <type_traits>

#include "lua/binding.hpp"
#include "nse/runtime/runtime.hpp"

// Functions that scripts call and that suspend the script thread. Such a function is a struct with four steps, like the
// three of lua::call (lua/binding.hpp), and is registered as block<Struct>:
//
//   parse(L)                                 checks the arguments; may raise; returns a trivially destructible struct
//   start(runtime, thread, L, args)          noexcept; starts an operation of the thread; uses L only to identify the
//                                            coroutine
//   next_stage(runtime, thread)              noexcept; handles a reply. Returns true if it is the final reply, false
//                                            if it has started the next operation
//   push(L, runtime, thread)                 pushes the results and returns their number, or starts another operation
//                                            and returns kAgain
//
// This header suspends and resumes the innermost coroutine of a thread. runtime/coroutines.cpp passes the suspension
// outwards through the coroutines that the script made.

namespace sluice::nse {

inline constexpr int kAgain = -1;

/// Returns the script thread that runs. Raises if none does.
ScriptThread& running_thread(lua_State* state);
/// True if a script thread runs and Lua can yield at this point in all of its coroutines.
[[nodiscard]] bool may_suspend(lua_State* state) noexcept;
/// Returns the running script thread. Raises if none runs, or if it cannot be suspended at this point.
ScriptThread& suspendable_thread(lua_State* state);

/// Pushes the mark and yields. Lua calls `then` when the coroutine is resumed.
int suspend(lua_State* state, lua_KFunction then);

// The mark is a light userdata on top of the stack of a coroutine that only the engine may resume or close: one that a
// blocking function has suspended, or that of a child thread that has not started. A preempted coroutine counts as
// marked, although nothing lies on its stack, because a hook cannot leave a value there. The engine takes the mark off
// before it resumes the coroutine.

void put_mark(lua_State* coroutine) noexcept;
[[nodiscard]] bool has_mark(lua_State* coroutine) noexcept;
/// Removes the mark if there is one. Ends the preemption of a preempted coroutine.
void take_mark(lua_State* coroutine) noexcept;

/// Waits until the operation of the running thread is complete, and returns the number of results that Op::push pushed.
/// Suspends the thread if the reply has not arrived.
template <class Op>
int await(lua_State* state);

/// Takes the reply and calls Op::next_stage. Returns true if the reply is the final one; the operation has ended then.
/// Returns false if another operation has been started. REQUIRES: the reply has arrived.
template <class Op>
bool handle_reply(Runtime& runtime, ScriptThread& thread) noexcept {
  static_assert(noexcept(Op::next_stage(runtime, thread)));
  thread.take_reply();
  if (!Op::next_stage(runtime, thread)) return false;
  thread.end_operation();
  return true;
}

/// Continues await() after the coroutine was resumed.
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

/// The C function that runs the four steps of Op.
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
