// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/mutex.hpp"

#include "nse/runtime/runtime.hpp"

namespace sluice::nse {

void Mutex::acquire(ScriptThread& thread, lua_State* coroutine) noexcept {
  thread_ = &thread;
  coroutine_ = coroutine;
  thread.add(*this);
}

void Mutex::release() noexcept {
  unlink();
  kept_.reset();
  thread_ = nullptr;
  coroutine_ = nullptr;
  if (auto* next = static_cast<QueueEntry*>(waiters_.pop_oldest())) {
    acquire(next->thread, next->coroutine);
    woken_.complete(next->ticket(), {});
  }
}

}  // namespace sluice::nse
