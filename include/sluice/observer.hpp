#pragma once

#include <sluice/report.hpp>

namespace sluice {

/// Whoever wants to know what the engine does. Called on the engine's thread, in the order of the events; must not
/// call back into the engine other than Engine::stop. (The last resort against a script stuck in C calls it from
/// another thread while the engine's own stands still; see docs/architecture.md.)
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace sluice
