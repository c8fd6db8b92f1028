#pragma once

#include <sluice/export.hpp>
#include <sluice/report.hpp>

namespace sluice {

/// Receives the events of a run. Called in the order of the events, by the engine's thread or, with
/// several workers, by one of theirs: by one at a time. Must not call back into the engine other than Engine::stop and
/// Engine::report_stats. (The last resort against a script stuck in C calls it from another thread while that of the
/// script stands still; see docs/architecture.md.)
class SLUICE_EXPORT Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace sluice
