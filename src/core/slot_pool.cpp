// SPDX-License-Identifier: Apache-2.0
#include "core/slot_pool.hpp"

#include <cassert>

namespace sluice::core {

Lease::~Lease() { pool_.ended(*this); }

HostSlotQueue::~HostSlotQueue() { assert(held_ == 0 && waiters_.empty() && "a host's line ended before its threads"); }

SlotPool::SlotPool(Limits limits) noexcept : limits_(limits) { assert(limits.total > 0 && limits.per_host > 0); }

SlotPool::~SlotPool() { assert(held_ == 0 && waiting_ == 0 && "a thread outlived the slot pool"); }

bool SlotPool::request(Lease& lease, Completion granted) noexcept {
  assert(!lease.waiting());
  if (lease.holds_slot()) {
    lease.state_ = Lease::State::Held;
    return true;
  }
  HostSlotQueue& line = lease.line_;
  if (held_ < limits_.total && has_room(line)) {
    assert(line.waiters_.empty());  // otherwise a waiter would have been granted this slot
    take(lease, Lease::State::Held);
    return true;
  }
  lease.state_ = Lease::State::Waiting;
  lease.granted_ = granted;
  line.waiters_.push_back(lease);
  ++waiting_;
  place(line);
  return false;
}

void SlotPool::withdraw(Lease& lease) noexcept {
  if (lease.state_ == Lease::State::Granted) return release(lease);
  if (lease.state_ != Lease::State::Waiting) return;
  lease.unlink();
  lease.state_ = Lease::State::None;
  --waiting_;
  place(lease.line_);
}

void SlotPool::opened(Lease& lease) noexcept {
  assert(lease.holds_slot());
  lease.state_ = Lease::State::Held;
  ++lease.open_;
}

void SlotPool::closed(Lease& lease) noexcept {
  if (!lease.holds_slot()) return;
  assert(lease.open_ > 0);
  if (--lease.open_ == 0 && lease.suspended_) release(lease);
}

void SlotPool::suspended(Lease& lease) noexcept {
  lease.suspended_ = true;
  if (lease.state_ == Lease::State::Held && lease.open_ == 0) release(lease);
}

void SlotPool::resumed(Lease& lease) noexcept {
  lease.suspended_ = false;
  if (lease.state_ == Lease::State::Granted) lease.state_ = Lease::State::Held;
}

void SlotPool::ended(Lease& lease) noexcept {
  if (lease.waiting()) return withdraw(lease);
  if (lease.holds_slot()) release(lease);
}

void SlotPool::take(Lease& lease, Lease::State state) noexcept {
  lease.state_ = state;
  ++held_;
  ++taken_;
  ++lease.line_.held_;
}

void SlotPool::release(Lease& lease) noexcept {
  lease.state_ = Lease::State::None;
  lease.open_ = 0;
  --held_;
  --lease.line_.held_;
  place(lease.line_);
  pass_on();
}

void SlotPool::pass_on() noexcept {
  while (held_ < limits_.total && !round_.empty()) {
    HostSlotQueue& line = round_.pop_front();
    Lease& lease = line.waiters_.pop_front();
    --waiting_;
    take(lease, Lease::State::Granted);
    place(line);
    lease.granted_({});
  }
}

void SlotPool::place(HostSlotQueue& line) noexcept {
  const bool in_turn = !line.waiters_.empty() && has_room(line);
  if (in_turn && !line.linked())
    round_.push_back(line);
  else if (!in_turn)
    line.unlink();
}

}  // namespace sluice::core
