// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/stdnse_lib.hpp"

#include "nse/runtime/blocking.hpp"
#include "nse/runtime/host_table.hpp"
#include "nse/runtime/results.hpp"

namespace sluice::nse {
namespace {

ScriptThread* current(lua_State* state) { return lua::owner<Runtime>(state).current(); }

/// The info function of a child thread. Upvalues: the table of the child thread, coroutine.status.
int info(lua_State* state) {
  lua_pushvalue(state, lua_upvalueindex(2));
  lua_rawgeti(state, lua_upvalueindex(1), ScriptThread::kCoroutineOfWorker);
  lua_call(state, 1, 1);
  lua_rawgeti(state, lua_upvalueindex(1), ScriptThread::kErrorOfWorker);
  return 2;
}

int new_thread(lua_State* state) {
  if (!current(state)) return luaL_error(state, "stdnse.new_thread can only be run from an active script");
  luaL_checktype(state, 1, LUA_TFUNCTION);
  const int values = lua_gettop(state);
  lua_State* worker = lua_newthread(state);
  if (!lua_checkstack(worker, values + 2)) return luaL_error(state, "too many arguments to new_thread");
  lua_createtable(state, 2, 0);
  lua_pushvalue(state, -2);
  lua_rawseti(state, -2, ScriptThread::kCoroutineOfWorker);  // stack: arguments, coroutine, table

  lua_pushvalue(state, -1);
  lua_getglobal(state, "coroutine");
  lua_getfield(state, -1, "status");
  lua_remove(state, -2);
  lua_pushcclosure(state, info, 2);
  lua_insert(state, -2);  // stack: arguments, coroutine, info, table

  for (int index = 1; index <= values; ++index) lua_pushvalue(state, index);
  lua_xmove(state, worker, values);
  lua::owner<Runtime>(state).start_worker(state, values - 1);
  return 2;
}

int base(lua_State* state) {
  const ScriptThread* thread = current(state);
  if (!thread) return 0;
  thread->push_coroutine(state);
  return 1;
}

int gettid(lua_State* state) {
  const ScriptThread* thread = current(state);
  if (!thread) return 0;
  lua_pushfstring(state, "thread: %p", thread->script_coroutine());
  return 1;
}

int getid(lua_State* state) {
  const ScriptThread* thread = current(state);
  if (!thread) return 0;
  lua::push_string(state, thread->script().id);
  return 1;
}

int getinfo(lua_State* state) {
  const ScriptThread* thread = current(state);
  if (!thread) return 0;
  std::string& text = lua::home(state).scratch;
  text = thread->script().id + ' ' + thread->name();
  lua::push_string(state, text);
  return 1;
}

int gethostport(lua_State* state) {
  const ScriptThread* thread = current(state);
  if (!thread || !thread->host().report) return 0;
  thread->host().table.push(state);
  if (!thread->port()) return 1;
  push_port(state, *thread->port());
  return 2;
}

int isworker(lua_State* state) {
  const ScriptThread* thread = current(state);
  if (!thread) return 0;
  lua_pushboolean(state, thread->worker());
  return 1;
}

int silent_require(lua_State* state) {
  lua_settop(state, 1);
  lua_getglobal(state, "require");
  lua_insert(state, 1);
  if (lua_pcall(state, 1, 1, 0) == LUA_OK) return 1;
  push_silent_failure(state);
  lua_insert(state, -2);
  lua_setfield(state, -2, "message");
  return lua_error(state);
}

}  // namespace

void set_stdnse(lua_State* state) {
  static const luaL_Reg kFunctions[] = {{"new_thread", new_thread}, {"base", base},
                                        {"gettid", gettid},         {"getid", getid},
                                        {"getinfo", getinfo},       {"gethostport", gethostport},
                                        {"isworker", isworker},     {"silent_require", silent_require},
                                        {nullptr, nullptr}};
  for (const luaL_Reg* function = kFunctions; function->name; ++function) {
    lua_pushstring(state, function->name);
    lua_pushcfunction(state, function->func);
    lua_rawset(state, -3);
  }
}

}  // namespace sluice::nse
