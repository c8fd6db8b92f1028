#pragma once

#include <lua.hpp>

#include "nse/cpu_limit.hpp"
#include "nse/runtime.hpp"

namespace sluice::nse {

/// Ends the running script thread, and does not return then, if the engine has to stop it. A C function that may take
/// long calls this at least every few milliseconds. Cheap: two loads. May raise or yield.
inline void stop_if_condemned(lua_State* state) {
  check_cpu_budget(state);
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
