// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <map>

#include "core/wait_queue.hpp"
#include "nse/runtime/script_thread.hpp"

namespace sluice::nse {

/// The condition variable that nmap.condvar creates for an object (docs/nse-compat.md, "The nmap library"). Each script
/// thread that called nmap.condvar for the object is a party. The end of a party wakes all waiters. Owned by Lua, as a
/// userdata. Not thread-safe.
class Condvar {
 public:
  static constexpr const char* kTypeName = "nmap.condvar";

  explicit Condvar(Runtime& runtime) noexcept;
  ~Condvar();

  /// Identifies the condition variable within its Runtime.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// Makes the thread a party. No effect if it is one.
  void join(ScriptThread& thread);
  /// Removes an ended thread from the parties and wakes all waiters.
  void leave(ScriptThread& thread) noexcept;
  /// Adds a waiter. Its ticket is completed when it is woken. The destructor of `place` leaves the queue.
  void queue(QueueEntry& place) noexcept { waiters_.push(place); }
  /// Wakes the waiter that was queued last, if there is one.
  void signal() noexcept;
  /// Wakes all waiters.
  void broadcast() noexcept;

 private:
  core::Completions& woken_;
  const std::uint64_t number_;
  core::WaitQueue waiters_;
  std::map<std::uint64_t, ScriptThread*> parties_;  ///< by thread number
};

}  // namespace sluice::nse
