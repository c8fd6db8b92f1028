#pragma once

#include <cstddef>
#include <limits>

#include "base/intrusive_list.hpp"
#include "core/ticket.hpp"

namespace sluice::core {

class Lease;
class SlotPool;

/// The queue of one host before the SlotPool, and how many slots its threads hold. Lives as long as the host's threads;
/// threads without a host share one.
class SlotLine : private ListNode<struct RoundTag> {
 public:
  SlotLine() = default;
  [[nodiscard]] std::size_t held() const noexcept { return held_; }

 private:
  friend class SlotPool;
  template <class, class>
  friend class sluice::IntrusiveList;
  std::size_t held_ = 0;
  IntrusiveList<Lease, struct WaitTag> waiters_;
};

/// One thread's place at the SlotPool: its claim, its slot, its count of open sockets. A member of the thread; its
/// destruction gives back whatever it has.
class Lease : private ListNode<struct WaitTag> {
 public:
  Lease(SlotPool& pool, SlotLine& line) noexcept : pool_(pool), line_(line) {}
  ~Lease();

  [[nodiscard]] bool holds_slot() const noexcept { return state_ == State::Held; }
  [[nodiscard]] bool waiting() const noexcept { return state_ == State::Waiting; }
  [[nodiscard]] std::size_t open_sockets() const noexcept { return open_; }

 private:
  friend class SlotPool;
  template <class, class>
  friend class sluice::IntrusiveList;
  enum class State : unsigned char { None, Waiting, Held };
  SlotPool& pool_;
  SlotLine& line_;
  State state_ = State::None;
  std::size_t open_ = 0;
  bool suspended_ = false;
  Ticket ticket_;
};

/// At most `total` threads hold a slot, and at most `per_host` of one host (SEED.md). Waiters of a host are served
/// longest first; hosts that have waiters and room take turns. A slot goes to exactly one waiter. Everything is O(1),
/// counted, and allocates nothing.
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
  /// `granted` hears of a waiter that is handed a slot: its ticket is completed with an empty Reply.
  SlotPool(Limits limits, Completions& granted) noexcept : limits_(limits), granted_(granted) {}
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;
  /// Asserts that no lease holds or waits for a slot.
  ~SlotPool();

  /// Asks for a slot for the lease's thread. True: it has one (already, or now). False: it waits, and `ticket` will be
  /// completed when it is its turn. Newcomers do not overtake waiters.
  [[nodiscard]] bool request(Lease& lease, Ticket ticket) noexcept;
  /// The waiter gives up (timed out, ended); its ticket is never completed.
  void withdraw(Lease& lease) noexcept;
  /// The thread opened, or closed (or lost, or failed to connect), a socket that counts.
  void opened(Lease& lease) noexcept;
  void closed(Lease& lease) noexcept;
  /// The thread stopped running: passes an offered slot on.
  void suspended(Lease& lease) noexcept;
  /// The thread runs again.
  void resumed(Lease& lease) noexcept;
  /// The thread is over: its slot passes on whatever its sockets say.
  void ended(Lease& lease) noexcept;

  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  /// How many threads wait, for either budget.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

 private:
  void give_back(Lease& lease) noexcept;
  /// Hands free slots to whose turn it is.
  void pass_on() noexcept;
  void take(Lease& lease) noexcept;
  [[nodiscard]] bool has_room(const SlotLine& line) const noexcept;
  /// Puts the line in the round if it has waiters and room, takes it out otherwise.
  void place(SlotLine& line) noexcept;

  Limits limits_;
  Completions& granted_;
  std::size_t held_ = 0;
  std::size_t waiting_ = 0;
  IntrusiveList<SlotLine, struct RoundTag> round_;  ///< lines with waiters and room, next turn first
};

}  // namespace sluice::core
