// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/exit_lib.hpp"

#include "nse/lib/command.hpp"
#include "nse/runtime/kill.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

int exit(lua_State* state) {
  Runtime& runtime = lua::owner<Runtime>(state);
  // A finalizer may run while a thread of another script runs, which must not end.
  if (runtime.finalizing()) return luaL_error(state, "os.exit is called in a finalizer");
  if (ScriptThread* thread = runtime.executing()) {
    thread->exit();
    return end_thread(state);
  }
  runtime.note_exit_while_loading(is_loading(state));
  return luaL_error(state, "os.exit is called outside of a running script");
}

}  // namespace

void open_exit(lua_State* state) {
  lua_getglobal(state, LUA_OSLIBNAME);
  lua_pushcfunction(state, exit);
  lua_setfield(state, -2, "exit");
  lua_pop(state, 1);
}

}  // namespace sluice::nse
