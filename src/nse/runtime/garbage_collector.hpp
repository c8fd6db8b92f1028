// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>

#include "base/clock.hpp"
#include "core/scheduler.hpp"
#include "core/wait_queue.hpp"

namespace sluice::nse {

class Runtime;

/// Runs Lua's garbage collector on behalf of scripts that call collectgarbage. All scripts of a shard share it.
///
/// A script that requests a collection waits until a collection cycle has ended, while other scripts run. The garbage
/// collector works at most kAtOnce in each turn. One cycle serves all requests made before the cycle began. Settings
/// that scripts make (stop, mode, speed) have no effect; later calls return them. Owned by the Runtime. Not
/// thread-safe.
class GarbageCollector final : public core::Runnable {
 public:
  explicit GarbageCollector(Runtime& runtime) noexcept : runtime_(runtime) {}
  ~GarbageCollector() override;
  GarbageCollector(const GarbageCollector&) = delete;
  GarbageCollector& operator=(const GarbageCollector&) = delete;

  /// Requests a collection cycle. Completes the ticket of `waiter` when all objects that are garbage now have been
  /// collected and their finalizers have run.
  void queue(core::Waiter& waiter);
  /// Requests a collection cycle that no script waits for, because a script thread has ended and left files open.
  void request();
  /// True while a cycle requested by request() has not ended.
  [[nodiscard]] bool requested() const noexcept { return wanted_ || serving_; }
  /// Drops the requests of request(), because a whole cycle has been run by other means.
  void fulfil_request() noexcept { wanted_ = serving_ = false; }
  static constexpr Duration kAtOnce = std::chrono::microseconds(500);
  /// Runs up to `steps` steps of Lua's garbage collector, at least one, until `at_once` has passed. Returns true, at
  /// once, at the end of a cycle.
  bool work(lua_State* state, lua_Integer steps, Duration at_once = kAtOnce) noexcept;

  Step resume() noexcept override;

  // Settings that scripts made. They are only returned to scripts.
  bool stopped = false, generational = false;
  int pause = 200, step_multiplier = 100;

 private:
  void end_cycle() noexcept;
  void start();

  Runtime& runtime_;
  core::WaitQueue served_, newcomers_;     ///< waiters that the current cycle serves; that the next one serves
  bool wanted_ = false, serving_ = false;  ///< request() is served by the next cycle; by the current one
  core::ThreadId id_;                      ///< meaningful while at_work_
  bool at_work_ = false;                   ///< in the scheduler
};

}  // namespace sluice::nse
