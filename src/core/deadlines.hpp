#pragma once

#include <cstddef>
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
/// calls expire(). They fire in exact order of time, then of arming (re-arming counts). Arm and cancel are O(log n) or
/// better, moving a deadline later is O(1): its heap item stays where it is and moves down when it comes up early.
/// The heap holds exactly one item per deadline, never later than the deadline itself. One thread only.
class Deadlines {
 public:
  using Id = Handle;

  /// `due` kNever gives a deadline that never fires but can be re-armed. `owner` must outlive it or cancel it.
  Id arm(TimePoint due, Expirable& owner, std::uint64_t cookie = 0);
  /// Moves a live deadline, earlier or later; a stale id does nothing.
  void rearm(Id id, TimePoint due) noexcept;
  /// A stale id does nothing.
  void cancel(Id id) noexcept;
  /// When the next one may be due, which is never later than when it is, but may be earlier if it was moved later
  /// since; expire() then fires nothing. Nothing if none will ever fire.
  [[nodiscard]] std::optional<TimePoint> next() const noexcept;
  /// Fires all that are due at `now`; one that is armed meanwhile for a time not after `now` fires in the same call.
  /// Returns how many fired. A fired deadline is gone before its owner hears of it.
  std::size_t expire(TimePoint now);
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    TimePoint due;
    std::uint64_t order;  ///< of its last arming
    Expirable* owner;
    std::uint64_t cookie;
    std::size_t place = 0;  ///< of its item in the heap
  };
  struct Item {
    TimePoint at;
    std::uint64_t order;
    Id id;
    [[nodiscard]] bool before(const Item& other) const noexcept {
      return at != other.at ? at < other.at : order < other.order;
    }
  };
  void put(std::size_t place, const Item& item) noexcept;
  /// Finds the item's place, starting from `place`, which is free, towards the root or away from it.
  void sift_up(std::size_t place, const Item& item) noexcept;
  void sift_down(std::size_t place, const Item& item) noexcept;
  void take_out(std::size_t place) noexcept;

  Slab<Entry> entries_;
  std::vector<Item> heap_;
  std::uint64_t orders_ = 0;
};

}  // namespace sluice::core
