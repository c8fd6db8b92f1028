// The three ways to account for socket slots, each as a small model under one loop and one load (accountings.cpp), so
// that their cost can be compared and nothing else.
#pragma once

#include <cstddef>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "core/slot_pool.hpp"

namespace models {

/// A script thread: one coroutine, one socket.
struct Thread {
  lua_State* lua = nullptr;
  int reference = LUA_NOREF;
  std::size_t index = 0;
  std::optional<sluice::core::Lease> lease;  ///< a part of the thread, as in sluice; of the counted accounting
};

/// What a script holds: a full userdata, closed or collected.
struct Socket {
  bool open = false;
};

/// Threads that have been handed a slot, in that order. They run in the same turn.
using Woken = std::vector<std::size_t>;

class Accounting {
 public:
  virtual ~Accounting() = default;
  /// Before anything else of a thread.
  virtual void created(Thread&) {}
  /// False: the thread waits, and is woken when it has a slot.
  virtual bool request(Thread& thread) = 0;
  /// The thread's socket, at index 1 of its stack, is open from now on.
  virtual void opened(Thread&) {}
  /// ... and no more.
  virtual void closed(Thread&) {}
  virtual void resumed(Thread&) {}
  virtual void suspended(Thread&) {}
  virtual void ended(Thread&) {}
  /// Before each turn of the loop.
  virtual void turn() {}
};

/// Before the post: a proxy userdata per thread that its sockets hold. The slot comes back when the collector finds the
/// proxy, so a full collection is forced at each turn while anybody waits.
std::unique_ptr<Accounting> make_proxy(lua_State* lua, std::size_t slots, Woken& woken);
/// The post: before each turn, with the collector stopped, all holders and all of their sockets are walked; a slot goes
/// to whichever waiter a hash table yields first.
std::unique_ptr<Accounting> make_sweep(lua_State* lua, std::size_t slots, Woken& woken);
/// Sluice's own SlotPool: open sockets are counted.
std::unique_ptr<Accounting> make_counted(std::size_t slots, Woken& woken);

}  // namespace models
