#pragma once

#include <lua.hpp>
#include <utility>

#include "base/intrusive_list.hpp"
#include "core/wait_queue.hpp"
#include "lua/state.hpp"
#include "nse/runtime/script_thread.hpp"

namespace sluice::nse {

/// What nmap.mutex makes for an object (nmap_library.md 7). The owner is a coroutine; the thread it runs in answers
/// for it: when that ends, the mutex passes on.
class Mutex : public ListNode<HeldTag> {
 public:
  static constexpr const char* kTypeName = "nmap.mutex";

  explicit Mutex(core::Completions& woken) noexcept : woken_(woken) {}

  [[nodiscard]] bool held() const noexcept { return thread_ != nullptr; }
  /// Meaningful while it is held.
  [[nodiscard]] lua_State* owner() const noexcept { return coroutine_; }
  void acquire(ScriptThread& thread, lua_State* coroutine) noexcept;
  /// It will be taken for whoever stands there when it is their turn.
  void queue(QueueEntry& place) noexcept { waiters_.push(place); }
  /// While it is held its owner is kept alive, so that its address is nobody else's. Afterwards it is not: scripts keep
  /// mutexes for a whole run (nselib's http has one for each page in its cache).
  void keep(lua::Ref owner) noexcept { kept_ = std::move(owner); }
  /// Hands it to the longest waiter, if anybody waits.
  void release() noexcept;

 private:
  core::Completions& woken_;
  ScriptThread* thread_ = nullptr;
  lua_State* coroutine_ = nullptr;
  lua::Ref kept_;
  core::WaitQueue waiters_;
};

}  // namespace sluice::nse
