#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/slab.hpp"

namespace sluice::core {

/// Told that a deadline has come. It may arm, re-arm and cancel deadlines, its own included.
class Expirable {
 public:
  virtual ~Expirable() = default;
  virtual void expired(std::uint64_t cookie) = 0;
};

/// Every deadline of the engine behind one operating-system timer: whoever runs the loop sleeps until next() and then
/// calls expire(). Arm and cancel are O(log n) or better, moving a deadline later is O(1) (its heap entry is pushed
/// again when it comes up early); they fire in exact order of time, then of arming.
class Deadlines {
 public:
  using Id = Handle;

  /// `due` kNever gives a deadline that never fires but can be re-armed. `owner` must outlive it or cancel it.
  Id arm(TimePoint due, Expirable& owner, std::uint64_t cookie = 0);
  /// Moves a live deadline, earlier or later; a stale id does nothing.
  void rearm(Id id, TimePoint due);
  /// A stale id does nothing.
  void cancel(Id id) noexcept;
  /// When the next one may be due, which is never later than when it is; nothing if none is armed.
  [[nodiscard]] std::optional<TimePoint> next();
  /// Fires all that are due at `now`; one that is armed meanwhile for a time not after `now` fires in the same call.
  /// Returns how many fired. A fired deadline is gone.
  std::size_t expire(TimePoint now);
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    TimePoint due;
    std::uint64_t order = 0;
    Expirable* owner = nullptr;
    std::uint64_t cookie = 0;
    TimePoint queued = kNever;  ///< the earliest time under which the heap holds it
  };
  struct Item {
    TimePoint at;
    std::uint64_t order;
    Id id;
  };
  static bool later(const Item& a, const Item& b) noexcept;
  void push(TimePoint at, std::uint64_t order, Id id);
  /// Drops and re-pushes heap items until the top one is exact.
  void settle();

  Slab<Entry> entries_;
  std::vector<Item> heap_;
  std::uint64_t orders_ = 0;
};

}  // namespace sluice::core
