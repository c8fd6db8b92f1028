#include "nse/runtime/coroutines.hpp"

#include "nse/runtime/blocking.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

bool is_ending(lua_State* state) {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread && thread->ending();
}

/// Did the coroutine that has just yielded do so in one of our blocking calls?
bool blocked(lua_State* state) {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread && thread->suspended_in();
}

/// Ends the coroutine as an error in it or coroutine.close does; leaves the error value, if there is one, on top of it.
int close_inner(lua_State* state, lua_State* inner) {
  CpuWatchdog& watchdog = lua::owner<Runtime>(state).watchdog;
  lua_State* outer = watchdog.enter(inner);  // variables to be closed run code
  const int status = lua_resetthread(inner);
  watchdog.enter(outer);
  return status;
}

template <bool Wrap>
lua_State* inner_of(lua_State* state) {
  return lua_tothread(state, Wrap ? lua_upvalueindex(1) : 1);
}

/// The error value is on top.
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

/// What both functions do with the outcome; the coroutine is `inner`.
template <bool Wrap>
int settle(lua_State* state, lua_State* inner, int status, int results);

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
    // Before the value is moved: what is closed gets it.
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

/// Does it run, or has it resumed another one?
bool active(lua_State* state, lua_State* inner) {
  lua_Debug frame;
  return inner == state || (lua_status(inner) == LUA_OK && lua_getstack(inner, 0, &frame));
}

int close(lua_State* state) {
  lua_State* inner = lua_tothread(state, 1);
  if (!inner) return luaL_typeerror(state, 1, "coroutine");
  if (has_mark(inner)) return luaL_error(state, "cannot close a coroutine that waits for its turn");
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
