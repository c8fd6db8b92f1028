// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/intrusive_list.hpp"
#include "core/ticket.hpp"

namespace sluice::core {

class HostSlotQueue;
class SlotPool;

/// The right of its owner to have open sockets: a request for a slot, or a slot with its number of open sockets. The
/// owner is a script thread or the connection of a service probe. Both are called "thread" in this file.
/// Invariant: only a lease that holds a slot has open sockets. A member of its owner; the destructor withdraws the
/// request and returns the slot. Not thread-safe.
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
    Granted,  ///< holds a slot, and the thread has not run since the grant; suspended() keeps such a slot
    Held,
  };
  SlotPool& pool_;
  HostSlotQueue& line_;
  State state_ = State::None;
  bool suspended_ = false;
  std::size_t open_ = 0;
  Completion granted_;
};

/// The waiting leases of one target host, and the number of slots that its threads hold. Must outlive its leases.
/// Threads without a host share one queue. Not thread-safe.
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

/// Limits how many threads have open sockets: `total` per shard and `per_host` per target host (`--socket-slots` and
/// `--host-slots` in docs/options.md). Grants slots to the longest waiter of a host; hosts with waiters and room take
/// turns. Each free slot is granted to one waiter.
/// Invariant: between calls, no slot is free that a waiter could be granted. All operations are O(1) and allocate
/// nothing. Owned by the shard; must outlive its leases. Not thread-safe.
///
/// A thread that holds a slot may open any number of sockets. When it closes the last one it *offers* the slot. An
/// offered slot is granted to a waiter when the thread suspends or ends. If the thread opens a socket before, it keeps
/// the slot.
class SlotPool {
 public:
  struct Limits {
    std::size_t total = 20;
    std::size_t per_host = 20;
  };
  /// REQUIRES: both limits are at least 1.
  explicit SlotPool(Limits limits) noexcept;
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;
  /// REQUIRES: no lease holds or waits for a slot.
  ~SlotPool();

  /// Requests a slot for the thread of `lease`. Returns true if the thread holds one now. Otherwise queues the request
  /// behind those of its host, and completes `granted` with an empty reply when the slot is granted.
  /// REQUIRES: the lease has no pending request.
  [[nodiscard]] bool request(Lease& lease, Completion granted) noexcept;
  /// Withdraws a request that timed out or whose thread has ended. Its completion is not called any more. If the slot
  /// was granted, and the thread has not run since, the slot is returned. Otherwise has no effect.
  void withdraw(Lease& lease) noexcept;
  /// Records an open socket of the thread. A connect calls it when it has the slot, before it suspends the thread
  /// again, because a suspended thread without open sockets loses its slot.
  /// REQUIRES: the lease holds a slot.
  void opened(Lease& lease) noexcept;
  /// Records that a socket was closed or failed to connect. Has no effect if the lease holds no slot.
  void closed(Lease& lease) noexcept;
  /// Records that the thread has suspended. Returns the slot if it is offered.
  void suspended(Lease& lease) noexcept;
  /// Records that the thread has been resumed.
  void resumed(Lease& lease) noexcept;
  /// Records that the thread has ended. Withdraws its request and returns its slot, whatever its number of open
  /// sockets.
  void ended(Lease& lease) noexcept;

  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  /// Returns the number of grants so far. It shows whether waiters make progress.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  /// Returns the number of waiting threads, whichever limit they wait for.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

 private:
  [[nodiscard]] bool has_room(const HostSlotQueue& line) const noexcept { return line.held_ < limits_.per_host; }
  void take(Lease& lease, Lease::State state) noexcept;
  /// Returns the slot and grants free slots.
  void release(Lease& lease) noexcept;
  /// Grants free slots to waiters in turn.
  void pass_on() noexcept;
  /// Puts `line` into the round if it has waiters and room, and removes it otherwise.
  void place(HostSlotQueue& line) noexcept;

  Limits limits_;
  std::size_t held_ = 0;
  std::size_t waiting_ = 0;
  std::uint64_t taken_ = 0;
  IntrusiveList<HostSlotQueue, struct RoundTag> round_;  ///< queues of hosts with waiters and room, the next one first
};

}  // namespace sluice::core
