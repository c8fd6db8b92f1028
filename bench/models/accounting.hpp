// SPDX-License-Identifier: Apache-2.0
// Models of three ways to account for slots: two of Nmap's, and that of sluice. accountings.cpp runs each with the same
// event loop and the same load, so that only the cost of the accounting differs.
#pragma once

#include <cstddef>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "core/slot_pool.hpp"

namespace models {

/// A script thread: a coroutine that uses one socket.
struct Thread {
  lua_State* lua = nullptr;
  int reference = LUA_NOREF;
  std::size_t index = 0;
  std::optional<sluice::core::Lease> lease;  ///< for make_counted() only
};

/// A socket of a script: a full userdata.
struct Socket {
  bool open = false;
};

/// Indices of the threads to which a slot was granted, in the order of the grants. They run in the same turn.
using Woken = std::vector<std::size_t>;

/// Decides which threads have a slot. The event loop calls its functions.
class Accounting {
 public:
  virtual ~Accounting() = default;
  /// Called before all other functions for a thread.
  virtual void created(Thread&) {}
  /// Requests a slot. Returns false if the thread has to wait; its index is added to Woken when the slot is granted.
  virtual bool request(Thread& thread) = 0;
  /// Called when the socket of the thread, at index 1 of its stack, is open.
  virtual void opened(Thread&) {}
  /// Called when the socket is closed.
  virtual void closed(Thread&) {}
  virtual void resumed(Thread&) {}
  virtual void suspended(Thread&) {}
  virtual void ended(Thread&) {}
  /// Called before each turn of the event loop.
  virtual void turn() {}
};

/// Nmap before the patch that was posted to nmap-dev in June 2009. The sockets of a thread refer to a proxy userdata of
/// the thread. The slot is returned when the garbage collector collects the proxy, so a whole collection cycle runs in
/// each turn while threads wait.
std::unique_ptr<Accounting> make_proxy(lua_State* lua, std::size_t slots, Woken& woken);
/// Nmap with this patch. Before each turn, with the garbage collector stopped, it visits all threads with a slot and
/// all of their sockets. The order in which waiters receive slots is that of a hash table.
std::unique_ptr<Accounting> make_sweep(lua_State* lua, std::size_t slots, Woken& woken);
/// The SlotPool of sluice, which counts open sockets.
std::unique_ptr<Accounting> make_counted(std::size_t slots, Woken& woken);

}  // namespace models
