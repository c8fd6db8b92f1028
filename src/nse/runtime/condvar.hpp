#pragma once

#include <lua.hpp>
#include <map>

#include "core/wait_queue.hpp"
#include "nse/runtime/script_thread.hpp"

namespace sluice::nse {

/// What nmap.condvar makes for an object (nmap_library.md 8). A thread that asked for it is a party: its end wakes all
/// who wait.
class Condvar {
 public:
  static constexpr const char* kTypeName = "nmap.condvar";

  explicit Condvar(Runtime& runtime) noexcept;
  ~Condvar();

  /// Identifies it among those of its Runtime.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  void join(ScriptThread& thread);
  /// The thread is over.
  void leave(ScriptThread& thread) noexcept;
  void queue(QueueEntry& place) noexcept { waiters_.push(place); }
  /// Wakes the one that came last.
  void signal() noexcept;
  void broadcast() noexcept;

 private:
  core::Completions& woken_;
  const std::uint64_t number_;
  core::WaitQueue waiters_;
  std::map<std::uint64_t, ScriptThread*> parties_;  ///< by their numbers
};

}  // namespace sluice::nse
