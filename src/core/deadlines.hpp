// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/slab.hpp"

namespace sluice::core {

/// Receives the expiry of deadlines.
class Expirable {
 public:
  virtual ~Expirable() = default;
  /// Called by Deadlines::expire. `cookie`: the value given to Deadlines::arm. May arm, rearm and cancel any deadline.
  virtual void expired(std::uint64_t cookie) = 0;
};

/// The deadlines of one shard, in a heap. The event loop waits until next() and then calls expire(). Deadlines expire
/// in the order of their times, and at equal times in the order in which they were last armed.
/// Invariant: the heap has one item per deadline, whose time is not later than that of the deadline. rearm() to a later
/// time is O(1): it leaves the item in place, and expire() moves the item down. The other operations are O(log n). Not
/// thread-safe.
class Deadlines {
 public:
  using Id = Handle;

  /// Creates a deadline. `due`: kNever never expires but can be rearmed. `cookie`: passed to Expirable::expired.
  /// Returns its id.
  /// REQUIRES: `owner` outlives the deadline or cancels it.
  Id arm(TimePoint due, Expirable& owner, std::uint64_t cookie = 0);
  /// Moves a deadline to an earlier or later time. A stale id has no effect.
  void rearm(Id id, TimePoint due) noexcept;
  /// Removes a deadline without a call of its owner. A stale id has no effect.
  void cancel(Id id) noexcept;
  /// Returns a time that is not later than the first deadline, or nothing if no deadline will expire. The time is too
  /// early if that deadline was moved to a later time; expire() then calls no owner.
  [[nodiscard]] std::optional<TimePoint> next() const noexcept;
  /// Removes each deadline that is not later than `now`, then calls its owner. This includes deadlines that an owner
  /// arms during the call. Returns the number of expired deadlines.
  std::size_t expire(TimePoint now);
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    TimePoint due;
    std::uint64_t order;  ///< number of the last arm or rearm
    Expirable* owner;
    std::uint64_t cookie;
    std::size_t place = 0;  ///< index of its item in the heap
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
  /// Moves `item` from the free index `place` towards the root, or the leaves, to its index in the heap order.
  void sift_up(std::size_t place, const Item& item) noexcept;
  void sift_down(std::size_t place, const Item& item) noexcept;
  void take_out(std::size_t place) noexcept;

  Slab<Entry> entries_;
  std::vector<Item> heap_;
  std::uint64_t orders_ = 0;
};

}  // namespace sluice::core
