#include "nse/coroutine_lib.hpp"

#include "nse/runtime.hpp"

namespace sluice::nse {
namespace {

/// Runs the coroutine on, watched.
int resume(lua_State* state, lua_State* inner, int arguments, int* results) {
  BurstGuard& guard = lua::owner<Runtime>(state).guard;
  lua_State* outer = guard.enter(inner);
  const int status = lua_resume(inner, state, arguments, results);
  guard.enter(outer);
  return status;
}

bool doomed(lua_State* state) {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread && thread->doom;
}

/// Did the coroutine that has just yielded do so in one of our blocking calls?
bool blocked(lua_State* state) {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread && thread->blocked;
}

/// Moves what the coroutine left to us and says how many values that is; -1: an error value is on top.
int take_results(lua_State* state, lua_State* inner, int status, int results) {
  if (status == LUA_OK || status == LUA_YIELD) {
    if (!lua_checkstack(state, results + 1)) {
      lua_pop(inner, results);
      lua_pushliteral(state, "too many results to resume");
      return -1;
    }
    lua_xmove(inner, state, results);
    return results;
  }
  lua_xmove(inner, state, 1);
  return -1;
}

/// What both functions do with the outcome; the coroutine is `inner`.
template <bool Wrap>
int settle(lua_State* state, lua_State* inner, int status, int results);

template <bool Wrap>
lua_State* inner_of(lua_State* state) {
  return lua_tothread(state, Wrap ? lua_upvalueindex(1) : 1);
}

template <bool Wrap>
int continued(lua_State* state, int, lua_KContext) {
  lua_State* inner = inner_of<Wrap>(state);
  int results = 0;
  const int status = resume(state, inner, 0, &results);
  return settle<Wrap>(state, inner, status, results);
}

template <bool Wrap>
int settle(lua_State* state, lua_State* inner, int status, int results) {
  if (doomed(state)) return end_thread(state);
  if (status == LUA_YIELD && blocked(state)) return lua_yieldk(state, 0, 0, continued<Wrap>);
  const int count = take_results(state, inner, status, results);
  if constexpr (Wrap) {
    if (count >= 0) return count;
    if (status != LUA_OK && status != LUA_YIELD) lua_resetthread(inner);
    if (lua_type(state, -1) == LUA_TSTRING) {
      luaL_where(state, 1);
      lua_insert(state, -2);
      lua_concat(state, 2);
    }
    return lua_error(state);
  } else {
    lua_pushboolean(state, count >= 0);
    lua_insert(state, count >= 0 ? -(count + 1) : -2);
    return count >= 0 ? count + 1 : 2;
  }
}

template <bool Wrap>
int enter(lua_State* state) {
  lua_State* inner = inner_of<Wrap>(state);
  if (!inner) return luaL_typeerror(state, 1, "coroutine");
  const int arguments = lua_gettop(state) - (Wrap ? 0 : 1);
  if (!lua_checkstack(inner, arguments)) return luaL_error(state, "too many arguments to resume");
  lua_xmove(state, inner, arguments);
  int results = 0;
  const int status = resume(state, inner, arguments, &results);
  return settle<Wrap>(state, inner, status, results);
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

int open_coroutine(lua_State* state) {
  lua_getglobal(state, "coroutine");
  lua_pushcfunction(state, enter<false>);
  lua_setfield(state, -2, "resume");
  lua_pushcfunction(state, wrap);
  lua_setfield(state, -2, "wrap");
  lua_pop(state, 1);
  return 0;
}

}  // namespace sluice::nse
