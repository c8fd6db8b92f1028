#pragma once

#include <lua.hpp>
#include <new>
#include <type_traits>
#include <utility>

namespace sluice::lua {

/// C++ objects as Lua values. `T::kTypeName` is the name of the metatable. The object is destroyed when collected, or
/// before that by whoever closes it: T's own close must be idempotent.
template <class T>
struct Userdata {
  static_assert(std::is_nothrow_destructible_v<T>);

  /// Pushes a new T; may raise (memory), and then none was made. T's constructor must not throw.
  template <class... Args>
  static T& push(lua_State* state, Args&&... args) {
    static_assert(std::is_nothrow_constructible_v<T, Args...>);
    void* place = lua_newuserdatauv(state, sizeof(T), 1);
    luaL_getmetatable(state, T::kTypeName);  // before the object exists: what raises must leave nothing behind
    T* object = new (place) T(std::forward<Args>(args)...);
    lua_setmetatable(state, -2);
    return *object;
  }

  /// The object at `index`, or an argument error in Lua's form.
  static T& check(lua_State* state, int index) { return *static_cast<T*>(luaL_checkudata(state, index, T::kTypeName)); }
  /// nullptr if the value at `index` is something else.
  static T* test(lua_State* state, int index) noexcept {
    return static_cast<T*>(luaL_testudata(state, index, T::kTypeName));
  }

  /// Makes the metatable with `methods` reachable through __index and leaves it on the stack.
  static void define(lua_State* state, const luaL_Reg* methods) {
    luaL_newmetatable(state, T::kTypeName);
    lua_pushcfunction(state, collect);
    lua_setfield(state, -2, "__gc");
    lua_newtable(state);
    luaL_setfuncs(state, methods, 0);
    lua_setfield(state, -2, "__index");
  }

 private:
  /// Scripts can reach this through the metatable: what it is given may be something else, or destroyed already. An
  /// object that is destroyed has no metatable any more, so that no method takes it.
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
