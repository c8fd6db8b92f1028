// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/export.hpp>
#include <sluice/report.hpp>

namespace sluice {

/// Receives the events of a run. The embedder implements it; report.hpp describes the events.
///
/// The engine calls on_event in the order of the events, one call at a time. The calling thread is the one that
/// executes Engine::run or Engine::step, or a worker thread (Options::workers). If a script is stuck in a C function
/// and Platform::Policy::end_process_when_stuck is set, it is a helper thread. While a call runs, all other threads of
/// the engine that emit an event wait.
///
/// on_event may call Engine::stop, Engine::report_stats, Engine::set_levels, Engine::status, TargetQueue::try_push and
/// TargetQueue::close. It must not call TargetQueue::push or any other function of the engine.
class SLUICE_EXPORT Observer {
 public:
  virtual ~Observer() = default;
  /// Handles one event. The reference is valid during the call; a copy of the event stays valid.
  /// If the function throws, the run is stopped and ends as Engine::End::Failed.
  virtual void on_event(const Event& event) = 0;
};

}  // namespace sluice
