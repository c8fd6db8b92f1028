// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

#include "nse/runtime/cpu_limit.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {

/// True if the engine has to kill the running script thread. False in a Lua state without a Runtime.
inline bool is_condemned(const lua::Home& home) noexcept {
  const auto* runtime = static_cast<const Runtime*>(home.owner);
  return runtime && runtime->watchdog.over_budget();
}

/// Kills the running script thread if is_condemned(); does not return then. A C function that may run for long calls
/// this at least every few milliseconds. May raise or yield.
inline void stop_if_condemned(lua_State* state) {
  if (is_condemned(lua::home(state))) check_cpu_budget(state);
}

/// Calls stop_if_condemned at every kStride-th step of a loop. Lives on the stack of the C function with the loop.
class StepCounter {
 public:
  explicit StepCounter(lua_State* state) noexcept : state_(state) {}
  void step() {
    if (++steps_ % kStride == 0) stop_if_condemned(state_);
  }

 private:
  static constexpr unsigned kStride = 256;
  lua_State* state_;
  unsigned steps_ = 0;
};

}  // namespace sluice::nse
