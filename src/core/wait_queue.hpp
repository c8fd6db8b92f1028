#pragma once

#include <cstddef>

#include "base/intrusive_list.hpp"
#include "core/ticket.hpp"

namespace sluice::core {

/// One thread's place in a WaitQueue. A member of whatever waits: its destruction leaves the queue, so a dead waiter is
/// never woken.
class Waiter : private ListNode<struct WaiterTag> {
 public:
  explicit Waiter(Ticket ticket) noexcept : ticket_(ticket) {}
  [[nodiscard]] Ticket ticket() const noexcept { return ticket_; }
  [[nodiscard]] bool queued() const noexcept { return linked(); }
  void leave() noexcept { unlink(); }

 private:
  friend class WaitQueue;
  template <class, class>
  friend class sluice::IntrusiveList;
  Ticket ticket_;
};

/// Those who wait behind an nmap.mutex or an nmap.condvar, in the order in which they came. O(1), allocates nothing.
class WaitQueue {
 public:
  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
  void push(Waiter& waiter) noexcept { list_.push_back(waiter); }
  /// The longest waiter, out of the queue; nullptr if there is none.
  Waiter* pop_oldest() noexcept { return list_.empty() ? nullptr : &list_.pop_front(); }
  /// The one that came last, out of the queue (nmap.condvar "signal" wakes that one); nullptr if there is none.
  Waiter* pop_newest() noexcept {
    if (list_.empty()) return nullptr;
    Waiter& waiter = list_.back();
    waiter.leave();
    return &waiter;
  }

 private:
  IntrusiveList<Waiter, struct WaiterTag> list_;
};

}  // namespace sluice::core
