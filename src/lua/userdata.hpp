// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <new>
#include <type_traits>
#include <utility>

namespace sluice::lua {

/// Access to C++ objects of type T that are Lua values. `T::kTypeName` is the name of their metatable. Lua owns the
/// objects and destroys them when it collects them. If T can be closed before, its close must be idempotent.
template <class T>
struct Userdata {
  static_assert(std::is_nothrow_destructible_v<T>);

  /// Creates a T and pushes it. May raise (memory); then no T was created. REQUIRES: the constructor does not throw.
  template <class... Args>
  static T& push(lua_State* state, Args&&... args) {
    static_assert(std::is_nothrow_constructible_v<T, Args...>);
    void* place = lua_newuserdatauv(state, sizeof(T), 1);
    luaL_getmetatable(state, T::kTypeName);  // may raise, so it precedes the construction
    T* object = new (place) T(std::forward<Args>(args)...);
    lua_setmetatable(state, -2);
    return *object;
  }

  /// Returns the object at `index`. Raises an argument error if the value has another type.
  static T& check(lua_State* state, int index) { return *static_cast<T*>(luaL_checkudata(state, index, T::kTypeName)); }
  /// Returns the object at `index`, or nullptr if the value has another type.
  static T* test(lua_State* state, int index) noexcept {
    return static_cast<T*>(luaL_testudata(state, index, T::kTypeName));
  }

  /// Creates the metatable, with `methods` under __index, and leaves it on the stack. May raise (memory).
  static void define(lua_State* state, const luaL_Reg* methods) {
    luaL_newmetatable(state, T::kTypeName);
    lua_pushcfunction(state, collect);
    lua_setfield(state, -2, "__gc");
    lua_newtable(state);
    luaL_setfuncs(state, methods, 0);
    lua_setfield(state, -2, "__index");
  }

 private:
  /// Destroys the object. Scripts can call this through the metatable, with any value. A destroyed object has no
  /// metatable, so that no method accepts it.
  static int collect(lua_State* state) noexcept {
    T* object = test(state, 1);
    if (!object) return 0;
    lua_pushnil(state);
    lua_setmetatable(state, 1);
    object->~T();
    return 0;
  }
};

}  // namespace sluice::lua
