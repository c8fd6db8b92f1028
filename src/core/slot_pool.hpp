#pragma once

#include <cstddef>
#include <cstdint>

#include "base/intrusive_list.hpp"
#include "core/ticket.hpp"

namespace sluice::core {

class HostSlotQueue;
class SlotPool;

/// The right of a script thread or of a probe connection to have open sockets: its request, its slot, its count of open
/// sockets. A member of its owner, which "thread" stands for below; its destruction gives back whatever it has. Open
/// sockets only ever belong to a lease that holds a slot.
class Lease : private ListNode<struct WaitTag> {
 public:
  Lease(SlotPool& pool, HostSlotQueue& line) noexcept : pool_(pool), line_(line) {}
  ~Lease();

  [[nodiscard]] bool holds_slot() const noexcept { return state_ == State::Held || state_ == State::Granted; }
  [[nodiscard]] bool waiting() const noexcept { return state_ == State::Waiting; }
  [[nodiscard]] std::size_t open_sockets() const noexcept { return open_; }

 private:
  friend class SlotPool;
  template <class, class>
  friend class sluice::IntrusiveList;
  enum class State : unsigned char {
    None,
    Waiting,
    Granted,  ///< handed over, and the thread has not run since: not to be taken for an offered slot
    Held,
  };
  SlotPool& pool_;
  HostSlotQueue& line_;
  State state_ = State::None;
  bool suspended_ = false;
  std::size_t open_ = 0;
  Completion granted_;
};

/// The queue of one host before the SlotPool, and how many slots its threads hold. Outlives the leases made with it;
/// threads without a host share one.
class HostSlotQueue : private ListNode<struct RoundTag> {
 public:
  HostSlotQueue() = default;
  ~HostSlotQueue();
  [[nodiscard]] std::size_t held() const noexcept { return held_; }

 private:
  friend class SlotPool;
  template <class, class>
  friend class sluice::IntrusiveList;
  std::size_t held_ = 0;
  IntrusiveList<Lease, struct WaitTag> waiters_;
};

/// At most `total` threads hold a slot, and at most `per_host` of one host (SEED.md). Waiters of a host are served
/// longest first; hosts that have waiters and room take turns. A slot goes to exactly one waiter. Everything is O(1),
/// counted, and allocates nothing. Between calls no slot is free that a waiter could have. One thread only.
///
/// A thread with a slot may open any number of sockets. When its count of open sockets comes to zero it *offers* the
/// slot, which passes on when that thread next suspends or ends, at once if it is suspended already; if it asks again
/// before, it keeps it.
class SlotPool {
 public:
  struct Limits {
    std::size_t total = 20;
    std::size_t per_host = 20;
  };
  /// Both limits are at least 1.
  explicit SlotPool(Limits limits) noexcept;
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;
  /// Asserts that no lease holds or waits for a slot.
  ~SlotPool();

  /// Requests a slot for the lease's thread, which does not wait for one yet. Returns true if it has one, already or
  /// now. Otherwise queues the request behind those of its host, and completes `granted` with an empty reply when the
  /// slot is granted.
  [[nodiscard]] bool request(Lease& lease, Completion granted) noexcept;
  /// The waiter gives up (timed out, ended): its ticket is not completed any more, and a slot that has just been handed
  /// to it passes on.
  void withdraw(Lease& lease) noexcept;
  /// The thread, which holds a slot, opens a socket that counts. To be called as soon as the connect has its slot,
  /// before any further stage of it suspends the thread: a count of zero gives the slot away.
  void opened(Lease& lease) noexcept;
  /// It closed that socket, lost it, or failed to connect it. After ended() it changes nothing.
  void closed(Lease& lease) noexcept;
  /// The thread stopped running: passes an offered slot on.
  void suspended(Lease& lease) noexcept;
  /// The thread runs again.
  void resumed(Lease& lease) noexcept;
  /// The thread is over: its slot passes on whatever its sockets say.
  void ended(Lease& lease) noexcept;

  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  /// How often a slot was taken so far; tells whether waiters get on.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  /// How many threads wait, for either budget.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

 private:
  [[nodiscard]] bool has_room(const HostSlotQueue& line) const noexcept { return line.held_ < limits_.per_host; }
  void take(Lease& lease, Lease::State state) noexcept;
  /// Takes the slot back and hands it to whose turn it is.
  void release(Lease& lease) noexcept;
  /// Hands free slots to whose turn it is.
  void pass_on() noexcept;
  /// Puts the line in the round if it has waiters and room, takes it out otherwise.
  void place(HostSlotQueue& line) noexcept;

  Limits limits_;
  std::size_t held_ = 0;
  std::size_t waiting_ = 0;
  std::uint64_t taken_ = 0;
  IntrusiveList<HostSlotQueue, struct RoundTag> round_;  ///< lines with waiters and room, next turn first
};

}  // namespace sluice::core
