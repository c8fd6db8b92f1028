#include "nse/blocking.hpp"

#include "nse/socket.hpp"

namespace sluice::nse {

namespace {
const char kMark = 0;  // its address is the mark
}

ScriptThread& running_thread(lua_State* state) {
  ScriptThread* thread = lua::owner<Runtime>(state).current();
  if (!thread) luaL_error(state, "only a running script can do this");
  return *thread;
}

bool may_suspend(lua_State* state) noexcept {
  const ScriptThread* thread = lua::owner<Runtime>(state).current();
  return thread && lua_isyieldable(state) && thread->nonyieldable_depth == 0;
}

ScriptThread& suspendable_thread(lua_State* state) {
  ScriptThread& thread = running_thread(state);
  if (!may_suspend(state)) luaL_error(state, "attempt to yield across a C-call boundary");
  return thread;
}

void take_reply(Runtime& runtime, ScriptThread& thread) noexcept {
  thread.reply = runtime.parts.scheduler.take_reply(thread.id());
  thread.served = std::exchange(thread.socket, nullptr);
  if (thread.served) thread.served->user = nullptr;
}

int suspend(lua_State* state, lua_KFunction then) {
  put_mark(state);
  return lua_yieldk(state, 1, 0, then);
}

void put_mark(lua_State* coroutine) noexcept { lua_pushlightuserdata(coroutine, const_cast<char*>(&kMark)); }

bool has_mark(lua_State* coroutine) noexcept {
  const auto& preempted = lua::owner<Runtime>(coroutine).preempted;
  if (!preempted.empty() && preempted.contains(coroutine)) return true;
  return lua_gettop(coroutine) > 0 && lua_touserdata(coroutine, -1) == &kMark;
}

void take_mark(lua_State* coroutine) noexcept {
  ScriptThread* thread = lua::owner<Runtime>(coroutine).current();
  if (thread && thread->preempted_in == coroutine)
    thread->end_preemption();
  else if (has_mark(coroutine))
    lua_pop(coroutine, 1);
}

}  // namespace sluice::nse
