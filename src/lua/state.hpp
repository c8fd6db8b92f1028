// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <lua.hpp>
#include <string>

namespace sluice::lua {

/// Data of a Lua state that each of its coroutines can access in O(1), by lua_getextraspace. Owned by the State.
struct Home {
  /// The object that the bindings operate on. Its type is defined on a higher floor (see owner()).
  void* owner = nullptr;
  lua_State* main = nullptr;  ///< main thread of the state; exists as long as the state
  /// Result bytes of `act` until `push` has copied them to Lua. They are here because `push` may raise, and with C Lua
  /// a raise does not unwind C++ frames.
  std::string scratch;
  std::size_t bytes = 0;  ///< bytes that Lua has allocated, plus the sum of all Charges
  std::size_t limit = 0;  ///< Lua's allocations fail if `bytes` would exceed it; 0: no limit
  bool limited = false;   ///< an allocation was refused because of `limit`
  bool retried = false;   ///< an allocation was refused; Lua repeats it after an emergency collection
  std::size_t alarm = 0;  ///< on_alarm is called after each allocation with which `bytes` exceeds it; 0: never
  // Called by the allocator. Of Lua's functions they may only call lua_sethook.
  void (*on_alarm)(Home& home) noexcept = nullptr;
  void (*on_refusal)(Home& home) noexcept = nullptr;  ///< a repetition was refused, too; Lua raises a memory error
  /// For tests: the number of allocations that succeed. The next one fails, and its repetition, too.
  long long failures_after = kNoFailures;
  static constexpr long long kNoFailures = -1, kOnceMore = -2;
  bool failed = false;  ///< for tests: an allocation was refused

  /// True if `more` bytes are within the limit. For memory that is charged and cannot be refused afterwards.
  [[nodiscard]] bool has_room(std::size_t more) const noexcept { return limit == 0 || bytes + more <= limit; }
};

/// Counts memory outside of Lua that a Lua value keeps. It is part of Home::bytes but is never refused. Must not
/// outlive its Home. Not thread-safe.
class Charge {
 public:
  Charge() = default;
  Charge(Home& home, std::size_t bytes) noexcept { set(home, bytes); }
  ~Charge() { set_to(0); }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

  /// Replaces the charged number of bytes.
  void set(Home& home, std::size_t bytes) noexcept {
    home_ = &home;
    set_to(bytes);
  }
  void clear() noexcept { set_to(0); }

 private:
  void set_to(std::size_t bytes) noexcept {
    if (home_) home_->bytes += bytes - bytes_;
    bytes_ = bytes;
  }
  Home* home_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Owns a Lua state with its standard libraries. Not thread-safe.
class State {
 public:
  /// Throws std::bad_alloc if memory is short.
  State();
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] lua_State* get() const noexcept { return state_; }
  operator lua_State*() const noexcept { return state_; }
  [[nodiscard]] Home& home() noexcept { return home_; }
  /// Runs all finalizers and frees the state, which must not be used afterwards. Called again, has no effect.
  void close() noexcept;

 private:
  Home home_;
  lua_State* state_;
};

inline Home& home(lua_State* state) noexcept { return **static_cast<Home**>(lua_getextraspace(state)); }

template <class Owner>
Owner& owner(lua_State* state) noexcept {
  return *static_cast<Owner*>(home(state).owner);
}

/// Owns an entry of the Lua registry, which keeps a Lua value alive. Must not outlive its State. Not thread-safe.
class Ref {
 public:
  Ref() = default;
  /// Pops the value on top of the stack. `state`: any coroutine; the Ref may outlive it. May raise (memory).
  explicit Ref(lua_State* state) : state_(home(state).main), key_(luaL_ref(state, LUA_REGISTRYINDEX)) {}
  Ref(Ref&& other) noexcept : state_(other.state_), key_(other.key_) { other.key_ = LUA_NOREF; }
  Ref& operator=(Ref&& other) noexcept {
    if (this != &other) {
      reset();
      state_ = other.state_;
      key_ = other.key_;
      other.key_ = LUA_NOREF;
    }
    return *this;
  }
  ~Ref() { reset(); }

  explicit operator bool() const noexcept { return key_ != LUA_NOREF; }
  /// Pushes the value, or nil if there is none. REQUIRES: one free stack slot.
  void push(lua_State* state) const noexcept {
    if (key_ == LUA_NOREF)
      lua_pushnil(state);
    else
      lua_rawgeti(state, LUA_REGISTRYINDEX, key_);
  }
  void reset() noexcept {
    if (key_ != LUA_NOREF) luaL_unref(state_, LUA_REGISTRYINDEX, key_);
    key_ = LUA_NOREF;
  }

 private:
  lua_State* state_ = nullptr;
  int key_ = LUA_NOREF;
};

/// Returns the traceback of a coroutine; "" if memory is short. Never raises.
std::string traceback(lua_State* of);

/// Returns the text of the value at `index`: a string as it is, other values by tostring. If __tostring fails, returns
/// a text that names the type. Never raises.
std::string describe(lua_State* state, int index);

}  // namespace sluice::lua
