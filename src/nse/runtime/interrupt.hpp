#pragma once

#include <lua.hpp>

#include "nse/runtime/cpu_limit.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {

/// True if the engine has to stop the script that runs. False in a state without a Runtime.
inline bool is_condemned(const lua::Home& home) noexcept {
  const auto* runtime = static_cast<const Runtime*>(home.owner);
  return runtime && runtime->watchdog.over_budget();
}

/// Ends the running script thread, and does not return then, if the engine has to stop it. A C function that may take
/// long calls this at least every few milliseconds. Two loads and no call if there is nothing to stop. May raise or
/// yield.
inline void stop_if_condemned(lua_State* state) {
  if (is_condemned(lua::home(state))) check_cpu_budget(state);
}

/// Calls stop_if_condemned at every kStride-th step of a loop.
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
