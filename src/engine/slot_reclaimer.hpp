#pragma once

#include <functional>

#include "base/clock.hpp"
#include "core/slot_pool.hpp"

namespace sluice::engine {

/// Brings back the slots of sockets that living threads dropped unclosed: while threads wait for a slot and none passes
/// on, the collector of the scripts works, little by little. A whole cycle that brings nothing makes the pause before
/// the next one twice as long, so that servers that are merely slow cost next to nothing.
class SlotReclaimer {
 public:
  /// Both outlive it.
  SlotReclaimer(const core::SlotPool& slots, const Clock& clock) : slots_(slots), clock_(clock) {}

  /// To be called when nothing is ready: works if it is time for it. `step` does a step of the collector and is true at
  /// the end of a cycle. Returns when to call it again at the latest; kNever if nobody waits.
  TimePoint work(const std::function<bool()>& step);

  static constexpr Duration kPatience = std::chrono::milliseconds(50);  ///< after a slot has passed on
  static constexpr Duration kAtOnce = std::chrono::microseconds(500);   ///< so long it works at a time,
  static constexpr Duration kBetween = std::chrono::milliseconds(10);   ///< with this pause
  static constexpr Duration kMinRest = std::chrono::seconds(1);         ///< after a whole cycle
  static constexpr Duration kMaxRest = std::chrono::seconds(30);

 private:
  const core::SlotPool& slots_;
  const Clock& clock_;
  std::uint64_t seen_ = 0;  ///< slots taken when it last looked
  TimePoint due_ = TimePoint::min();
  Duration rest_ = kMinRest;
};

}  // namespace sluice::engine
