// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/clock.hpp"
#include "core/slot_pool.hpp"

namespace sluice::engine {

/// Reclaims slots of sockets that scripts have dropped without closing them. While script threads wait for a slot and
/// no slot is granted, it runs the garbage collector in small steps. After a whole collection cycle without a grant it
/// pauses. The pause doubles up to kMaxRest, so that the CPU time is bounded if the slots are held by slow connections.
/// Owned by the Shard. Not thread-safe.
class SlotReclaimer {
 public:
  /// `slots` and `clock` must outlive this object.
  SlotReclaimer(const core::SlotPool& slots, const Clock& clock) : slots_(slots), clock_(clock) {}

  /// Runs the garbage collector for up to kAtOnce, if it is due. `step`: runs one step of the garbage collector, and
  /// returns true at the end of a cycle. Returns when work() must be called at the latest; kNever if no thread waits
  /// for a slot. Call it before each wait.
  TimePoint work(const std::function<bool()>& step);

  static constexpr Duration kPatience = std::chrono::milliseconds(50);  ///< delay after a grant
  static constexpr Duration kAtOnce = std::chrono::microseconds(500);   ///< limit of one call
  static constexpr Duration kBetween = std::chrono::milliseconds(10);   ///< pause between two calls
  static constexpr Duration kMinRest = std::chrono::seconds(1);         ///< first pause after a whole cycle
  static constexpr Duration kMaxRest = std::chrono::seconds(30);        ///< longest such pause

 private:
  const core::SlotPool& slots_;
  const Clock& clock_;
  std::uint64_t seen_ = 0;  ///< number of grants at the last call
  TimePoint due_ = TimePoint::min();
  Duration rest_ = kMinRest;
};

}  // namespace sluice::engine
