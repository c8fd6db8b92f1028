// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/intrusive_list.hpp"
#include "core/ticket.hpp"

namespace sluice::core {

/// The entry of one script thread in a WaitQueue. A member of the waiting operation. The destructor removes it from the
/// queue, so that no queue refers to an operation that has ended. Not thread-safe.
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

/// The script threads that wait for an nmap.mutex or an nmap.condvar, in the order of their arrival. Does not own the
/// waiters. All operations are O(1) and allocate nothing. Not thread-safe.
class WaitQueue {
 public:
  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
  void push(Waiter& waiter) noexcept { list_.push_back(waiter); }
  /// Removes and returns the first waiter; nullptr if the queue is empty.
  Waiter* pop_oldest() noexcept { return list_.empty() ? nullptr : &list_.pop_front(); }
  /// Removes and returns the last waiter, which nmap.condvar "signal" wakes; nullptr if the queue is empty.
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
