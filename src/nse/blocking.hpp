#pragma once

#include <lua.hpp>
#include <type_traits>

#include "lua/binding.hpp"
#include "nse/runtime.hpp"

// Functions that suspend the script thread. A struct in steps, as lua::call has them:
//
//   parse(L)                          sees Lua, may raise; returns a trivially destructible struct
//   start(runtime, thread, args)      noexcept; begins an operation whose reply will come to the thread
//   advance(runtime, thread)          noexcept; true: thread.reply is the answer; false: a further operation has begun
//   push(L, runtime, thread)          results; or kAgain after it has begun another operation
//
// Yielding and resuming live here, and in coroutine_lib.cpp, which carries them out of nested coroutines.

namespace sluice::nse {

inline constexpr int kAgain = -1;

inline ScriptThread& running_thread(lua_State* state) {
  ScriptThread* thread = lua::owner<Runtime>(state).current();
  if (!thread) luaL_error(state, "attempt to block outside a script thread");
  if (!lua_isyieldable(state)) luaL_error(state, "attempt to yield across a C-call boundary");
  return *thread;
}

template <class Op>
int await(lua_State* state);

template <class Op>
int awaited(lua_State* state, int, lua_KContext) {
  Runtime& runtime = lua::owner<Runtime>(state);
  ScriptThread& thread = *runtime.current();
  thread.blocked = false;
  if (!runtime.parts.scheduler.has_reply(thread.id())) return luaL_error(state, "the operation was given up");
  thread.reply = runtime.parts.scheduler.take_reply(thread.id());
  if (Op::advance(runtime, thread)) {
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
    thread.reply = runtime.parts.scheduler.take_reply(thread.id());
    if (!Op::advance(runtime, thread)) continue;
    const int results = Op::push(state, runtime, thread);
    if (results != kAgain) return results;
  }
  thread.blocked = true;
  return lua_yieldk(state, 0, 0, awaited<Op>);
}

template <class Op>
int block(lua_State* state) {
  auto arguments = Op::parse(state);
  static_assert(std::is_trivially_destructible_v<decltype(arguments)>);
  ScriptThread& thread = running_thread(state);
  Runtime& runtime = lua::owner<Runtime>(state);
  static_assert(noexcept(Op::start(runtime, thread, arguments)));
  Op::start(runtime, thread, arguments);
  return await<Op>(state);
}

}  // namespace sluice::nse
