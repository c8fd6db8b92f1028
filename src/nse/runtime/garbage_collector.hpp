#pragma once

#include <lua.hpp>

#include "base/clock.hpp"
#include "core/scheduler.hpp"
#include "core/wait_queue.hpp"

namespace sluice::nse {

class Runtime;

/// The collector of a run, as scripts may drive it. It belongs to all of them: a script that asks for a collection
/// waits for one while the others run, and the collector works a little in each turn. However many ask, one cycle
/// serves all who asked before it began. What a script sets up (stop, modes, speeds) is remembered for its answers
/// alone.
class GarbageCollector final : public core::Runnable {
 public:
  explicit GarbageCollector(Runtime& runtime) noexcept : runtime_(runtime) {}
  ~GarbageCollector() override;
  GarbageCollector(const GarbageCollector&) = delete;
  GarbageCollector& operator=(const GarbageCollector&) = delete;

  /// Woken once everything that is garbage now has been collected and its finalizers have run.
  void queue(core::Waiter& waiter);
  /// Collects what is garbage now, a little in each turn: a thread has left files open.
  void request();
  /// Returns true from a request until that is done.
  [[nodiscard]] bool requested() const noexcept { return wanted_ || serving_; }
  /// A whole cycle has just been done otherwise: no request is open any more.
  void fulfil_request() noexcept { wanted_ = serving_ = false; }
  static constexpr Duration kAtOnce = std::chrono::microseconds(500);
  /// Steps of the collector that `state` may do without delaying the others; true at the end of a cycle.
  bool work(lua_State* state, lua_Integer steps, Duration at_once = kAtOnce) noexcept;

  Step resume() noexcept override;

  // What scripts were told.
  bool stopped = false, generational = false;
  int pause = 200, step_multiplier = 100;

 private:
  void end_cycle() noexcept;
  void start();

  Runtime& runtime_;
  core::WaitQueue served_, newcomers_;     ///< by the cycle in progress; by the next
  bool wanted_ = false, serving_ = false;  ///< a request, likewise
  core::ThreadId id_;
  bool at_work_ = false;
};

}  // namespace sluice::nse
