#include "nse/blocking.hpp"

#include "nse/socket.hpp"

namespace sluice::nse {

ScriptThread& running_thread(lua_State* state) {
  ScriptThread* thread = lua::owner<Runtime>(state).current();
  if (!thread) luaL_error(state, "only a running script can do this");
  return *thread;
}

ScriptThread& suspendable_thread(lua_State* state) {
  ScriptThread& thread = running_thread(state);
  if (!lua_isyieldable(state)) luaL_error(state, "attempt to yield across a C-call boundary");
  return thread;
}

void take_reply(Runtime& runtime, ScriptThread& thread) noexcept {
  thread.reply = runtime.parts.scheduler.take_reply(thread.id());
  thread.served = std::exchange(thread.socket, nullptr);
  if (thread.served) thread.served->user = nullptr;
}

}  // namespace sluice::nse
