// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/coroutines.hpp"

#include "nse/runtime/blocking.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

bool is_ending(lua_State* state) {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread && thread->ending();
}

/// True if the coroutine that has just yielded did so in a blocking function, or because it was preempted.
bool blocked(lua_State* state) {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread && thread->suspended_in();
}

/// Closes the variables of `inner` and ends it. Leaves the error value, if there is one, on top of its stack. Returns a
/// Lua status.
int close_inner(lua_State* state, lua_State* inner) {
  CpuWatchdog& watchdog = lua::owner<Runtime>(state).watchdog;
  lua_State* outer = watchdog.enter(inner);  // closing a variable runs its __close
  const int status = lua_resetthread(inner);
  watchdog.enter(outer);
  return status;
}

// The functions with the parameter Wrap implement coroutine.resume (false) and the functions of coroutine.wrap (true).

/// The coroutine to be resumed: the upvalue of a function of coroutine.wrap; the first argument of coroutine.resume.
template <bool Wrap>
lua_State* inner_of(lua_State* state) {
  return lua_tothread(state, Wrap ? lua_upvalueindex(1) : 1);
}

/// coroutine.wrap raises the error value on top of the stack, with a position; coroutine.resume returns false and the
/// value.
template <bool Wrap>
int fail(lua_State* state) {
  if constexpr (!Wrap) {
    lua_pushboolean(state, false);
    lua_insert(state, -2);
    return 2;
  }
  if (lua_type(state, -1) == LUA_TSTRING) {
    luaL_where(state, 1);
    lua_insert(state, -2);
    lua_concat(state, 2);
  }
  return lua_error(state);
}

/// Handles the outcome of a resume of `inner`: `status` and `results` are those of lua_resume.
template <bool Wrap>
int settle(lua_State* state, lua_State* inner, int status, int results);

/// Resumes `inner` again after the engine has resumed `state`.
template <bool Wrap>
int continued(lua_State* state, int, lua_KContext) {
  lua_State* inner = inner_of<Wrap>(state);
  take_mark(inner);
  int results = 0;
  const int status = resume_inner(state, inner, 0, &results);
  return settle<Wrap>(state, inner, status, results);
}

template <bool Wrap>
int settle(lua_State* state, lua_State* inner, int status, int results) {
  if (is_ending(state)) return end_thread(state);
  if (status == LUA_YIELD && blocked(state)) return suspend(state, continued<Wrap>);
  if (status != LUA_OK && status != LUA_YIELD) {
    // The error value is moved afterwards, because the variables that are closed receive it.
    if (Wrap && lua_status(inner) > LUA_YIELD) close_inner(state, inner);
    if (is_ending(state)) return end_thread(state);
    lua_xmove(inner, state, 1);
    return fail<Wrap>(state);
  }
  if (!lua_checkstack(state, results + 1)) {
    lua_pop(inner, results);
    lua_pushliteral(state, "too many results to resume");
    return fail<Wrap>(state);
  }
  if (!Wrap) lua_pushboolean(state, true);
  lua_xmove(inner, state, results);
  return results + (Wrap ? 0 : 1);
}

template <bool Wrap>
int enter(lua_State* state) {
  lua_State* inner = inner_of<Wrap>(state);
  if (!inner) return luaL_typeerror(state, 1, "coroutine");
  if (has_mark(inner)) {
    lua_pushliteral(state, "cannot resume non-suspended coroutine");
    return fail<Wrap>(state);
  }
  const int arguments = lua_gettop(state) - (Wrap ? 0 : 1);
  if (!lua_checkstack(inner, arguments)) return luaL_error(state, "too many arguments to resume");
  lua_xmove(state, inner, arguments);
  int results = 0;
  const int status = resume_inner(state, inner, arguments, &results);
  return settle<Wrap>(state, inner, status, results);
}

/// True if `inner` runs, or has resumed another coroutine.
bool active(lua_State* state, lua_State* inner) {
  lua_Debug frame;
  return inner == state || (lua_status(inner) == LUA_OK && lua_getstack(inner, 0, &frame));
}

int close(lua_State* state) {
  lua_State* inner = lua_tothread(state, 1);
  if (!inner) return luaL_typeerror(state, 1, "coroutine");
  if (has_mark(inner)) return luaL_error(state, "cannot close a coroutine that the engine has suspended");
  if (active(state, inner))
    return luaL_error(state, "cannot close a %s coroutine", inner == state ? "running" : "normal");
  const int status = close_inner(state, inner);
  if (is_ending(state)) return end_thread(state);
  lua_pushboolean(state, status == LUA_OK);
  if (status == LUA_OK) return 1;
  lua_xmove(inner, state, 1);
  return 2;
}

int wrap(lua_State* state) {
  luaL_checktype(state, 1, LUA_TFUNCTION);
  lua_State* inner = lua_newthread(state);
  lua_pushvalue(state, 1);
  lua_xmove(state, inner, 1);
  lua_pushcclosure(state, enter<true>, 1);
  return 1;
}

}  // namespace

int resume_inner(lua_State* state, lua_State* inner, int arguments, int* results) {
  Runtime& runtime = lua::owner<Runtime>(state);
  ScriptThread* thread = runtime.current();
  const bool holds_fast = thread && !lua_isyieldable(state);
  if (holds_fast) thread->enter_nonyieldable();
  lua_State* outer = runtime.watchdog.enter(inner);
  const int status = lua_resume(inner, state, arguments, results);
  runtime.watchdog.enter(outer);
  if (holds_fast) thread->leave_nonyieldable();
  return status;
}

int open_coroutine(lua_State* state) {
  lua_getglobal(state, "coroutine");
  lua_pushcfunction(state, close);
  lua_setfield(state, -2, "close");
  lua_pushcfunction(state, enter<false>);
  lua_setfield(state, -2, "resume");
  lua_pushcfunction(state, wrap);
  lua_setfield(state, -2, "wrap");
  lua_pop(state, 1);
  return 0;
}

}  // namespace sluice::nse
