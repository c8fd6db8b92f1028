// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/mutex_lib.hpp"

#include "lua/userdata.hpp"
#include "nse/lib/shared_object.hpp"
#include "nse/runtime/blocking.hpp"
#include "nse/runtime/mutex.hpp"

namespace sluice::nse {

namespace {

Mutex& mutex_of(lua_State* state) { return *static_cast<Mutex*>(lua_touserdata(state, lua_upvalueindex(1))); }

void keep_owner(lua_State* state) {
  lua_pushthread(state);
  mutex_of(state).keep(lua::Ref(state));
}

struct Lock {
  using Args = Mutex*;
  static Args parse(lua_State* state) { return &mutex_of(state); }
  static void start(Runtime&, ScriptThread& thread, lua_State* state, Args mutex) noexcept {
    auto& wait = thread.start<pending::ThreadQueueWait>("a mutex", state);
    if (mutex->held()) return mutex->queue(wait.entry);
    mutex->acquire(thread, state);
    wait.done({});
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime&, ScriptThread&) {
    keep_owner(state);
    return 0;
  }
};

int operate(lua_State* state) {
  enum { kDone, kLock, kRunning, kTrylock };
  static const char* const kOptions[] = {"done", "lock", "running", "trylock", nullptr};
  Mutex& mutex = mutex_of(state);
  switch (luaL_checkoption(state, 1, nullptr, kOptions)) {
    case kLock:
      return block<Lock>(state);
    case kTrylock: {
      const bool taken = !mutex.held();
      if (taken) {
        mutex.acquire(running_thread(state), state);
        keep_owner(state);
      }
      lua_pushboolean(state, taken);
      return 1;
    }
    case kRunning:
      if (!mutex.held()) {
        lua_pushnil(state);
      } else {
        lua_State* owner = mutex.owner();
        lua_pushthread(owner);
        lua_xmove(owner, state, 1);
      }
      return 1;
    default:
      if (!mutex.held() || mutex.owner() != state) return luaL_error(state, "do not have a lock on this mutex");
      mutex.release();
      return 0;
  }
}

void make(lua_State* state) {
  lua::Userdata<Mutex>::push(state, lua::owner<Runtime>(state).parts.scheduler);
  lua_pushcclosure(state, operate, 1);
}

int mutex(lua_State* state) { return shared_object(state, make); }

}  // namespace

void open_mutex(lua_State* state) {
  lua::Userdata<Mutex>::define(state, std::array<luaL_Reg, 1>{}.data());
  lua_pop(state, 1);
  push_weak_table(state);
  lua_pushcclosure(state, mutex, 1);
  lua_setfield(state, -2, "mutex");
}

}  // namespace sluice::nse
