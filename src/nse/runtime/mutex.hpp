// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <utility>

#include "base/intrusive_list.hpp"
#include "core/wait_queue.hpp"
#include "lua/state.hpp"
#include "nse/runtime/script_thread.hpp"

namespace sluice::nse {

/// The mutex that nmap.mutex creates for an object (docs/nse-compat.md, "The nmap library"). A coroutine acquires it.
/// The script thread of that coroutine releases it at its end, if the coroutine has not. Invariant: a mutex that is not
/// held has no waiters. Owned by Lua, as a userdata. Not thread-safe.
class Mutex : public ListNode<HeldTag> {
 public:
  static constexpr const char* kTypeName = "nmap.mutex";

  explicit Mutex(core::Completions& woken) noexcept : woken_(woken) {}

  [[nodiscard]] bool held() const noexcept { return thread_ != nullptr; }
  /// The coroutine that holds the mutex. REQUIRES: held().
  [[nodiscard]] lua_State* owner() const noexcept { return coroutine_; }
  /// Acquires the mutex for a coroutine of `thread`. REQUIRES: not held().
  void acquire(ScriptThread& thread, lua_State* coroutine) noexcept;
  /// Adds a waiter. release() acquires the mutex for it and completes its ticket. The destructor of `place` leaves the
  /// queue.
  void queue(QueueEntry& place) noexcept { waiters_.push(place); }
  /// Keeps the owning coroutine alive until the mutex is released, so that no other coroutine can get its address. It
  /// is not kept longer, because scripts keep mutexes for a whole run: nselib's http has one for each page in its
  /// cache.
  void keep(lua::Ref owner) noexcept { kept_ = std::move(owner); }
  /// Releases the mutex. Acquires it for the longest waiter, if there is one. REQUIRES: held().
  void release() noexcept;

 private:
  core::Completions& woken_;
  ScriptThread* thread_ = nullptr;
  lua_State* coroutine_ = nullptr;
  lua::Ref kept_;
  core::WaitQueue waiters_;
};

}  // namespace sluice::nse
