#pragma once

#include <cstddef>
#include <lua.hpp>
#include <string>

namespace sluice::lua {

/// What belongs to a Lua state and is reached from any of its coroutines in O(1), through lua_getextraspace.
struct Home {
  /// The engine behind the bindings; its type is known to the floor above.
  void* owner = nullptr;
  lua_State* main = nullptr;  ///< its main thread, which lives as long as the state
  /// What the act step of a binding produced, until its push step has copied it into Lua. It lives here because push
  /// may raise: a raise unwinds no C++ frame under C Lua.
  std::string scratch;
  std::size_t bytes = 0;  ///< allocated by Lua now, and by objects of ours that scripts hold (Charge)
  std::size_t limit = 0;  ///< Lua may allocate until bytes are so many; 0: no bound
  bool limited = false;   ///< an allocation was refused for that
  bool retried = false;   ///< the next allocation may be the repetition of a refused one, after an emergency collection
  std::size_t alarm = 0;  ///< on_alarm is called at each allocation that leaves more bytes than that; 0: never
  // Called by the allocator, and must not call Lua but for lua_sethook.
  void (*on_alarm)(Home& home) noexcept = nullptr;
  void (*on_refusal)(Home& home) noexcept = nullptr;  ///< a repetition was refused, too: Lua raises a memory error
  /// Tests: so many allocations succeed, then one fails, and its repetition after an emergency collection, too.
  long long failures_after = kNoFailures;
  static constexpr long long kNoFailures = -1, kOnceMore = -2;
  bool failed = false;  ///< tests: an allocation was refused

  /// True if so many bytes more are within the limit. For what is charged and cannot be refused later.
  [[nodiscard]] bool has_room(std::size_t more) const noexcept { return limit == 0 || bytes + more <= limit; }
};

/// Memory outside of Lua that a value of Lua keeps: counts towards the limit as Lua's own does. Never refused. Must not
/// outlive its Home. One thread only.
class Charge {
 public:
  Charge() = default;
  Charge(Home& home, std::size_t bytes) noexcept { set(home, bytes); }
  ~Charge() { set_to(0); }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

  /// Replaces what was charged before.
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

/// Owns a Lua state with its standard libraries. One thread only.
class State {
 public:
  State();
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] lua_State* get() const noexcept { return state_; }
  operator lua_State*() const noexcept { return state_; }
  [[nodiscard]] Home& home() noexcept { return home_; }
  /// Runs every finalizer and frees all; the state is unusable afterwards. The destructor does it, if nobody has.
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

/// A value kept alive in the registry; released when destroyed. Must not outlive its State.
class Ref {
 public:
  Ref() = default;
  /// Pops the value on top of the stack of a coroutine, which it may outlive. May raise (memory).
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
  /// Pushes the value (nil if there is none). Needs one stack slot.
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

/// The traceback of a coroutine as text. Never raises; "" when memory is short.
std::string traceback(lua_State* of);

/// Text of any value at `index` without raising: strings as they are, others through tostring, and a word of excuse
/// for those whose __tostring fails.
std::string describe(lua_State* state, int index);

}  // namespace sluice::lua
