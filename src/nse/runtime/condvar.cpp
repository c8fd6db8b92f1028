// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/condvar.hpp"

#include "nse/runtime/runtime.hpp"

namespace sluice::nse {

Condvar::Condvar(Runtime& runtime) noexcept : woken_(runtime.parts.scheduler), number_(runtime.next_number()) {}

Condvar::~Condvar() {
  for (const auto& [number, party] : parties_) party->remove(*this);
}

void Condvar::join(ScriptThread& thread) {
  if (parties_.emplace(thread.number(), &thread).second) thread.add(*this);
}

void Condvar::leave(ScriptThread& thread) noexcept {
  parties_.erase(thread.number());
  thread.remove(*this);
  broadcast();
}

void Condvar::signal() noexcept {
  if (const core::Waiter* last = waiters_.pop_newest()) woken_.complete(last->ticket(), {});
}

void Condvar::broadcast() noexcept {
  while (const core::Waiter* next = waiters_.pop_oldest()) woken_.complete(next->ticket(), {});
}

}  // namespace sluice::nse
