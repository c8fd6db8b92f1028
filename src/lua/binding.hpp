// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <string_view>
#include <type_traits>

#include "lua/state.hpp"

// C++ functions that scripts call. Such a function is a struct with three steps:
//
//   struct Digest {
//     struct Args { std::string_view algorithm, data; };
//     struct Out { bool known; std::string_view digest; };
//     static Args parse(lua_State* L);
//     static Out act(lua::Home& home, const Args& args) noexcept;
//     static int push(lua_State* L, const Args&, const Out& out);
//   };
//   {"digest", lua::call<Digest>}
//
// - `parse` reads the arguments from Lua and may raise. It owns nothing when it raises.
// - `act` does the work without Lua. Its C++ objects are destroyed when it returns.
// - `push` pushes the results and may raise. It owns nothing.
// - Args and Out are trivially destructible: views, integers, pointers. Bytes of Out are in Home::scratch.
//
// Therefore no raise passes over a C++ object with a destructor, whether Lua raises by longjmp (C) or by exceptions
// (C++). Functions that block have four steps: src/nse/runtime/blocking.hpp.

namespace sluice::lua {

/// The lua_CFunction of `Op`. Runs its three steps and returns the number of results.
template <class Op>
int call(lua_State* state) {
  auto args = Op::parse(state);
  static_assert(std::is_trivially_destructible_v<decltype(args)>, "parse returns views, integers and handles");
  static_assert(noexcept(Op::act(home(state), args)), "act must not throw");
  auto out = Op::act(home(state), args);
  static_assert(std::is_trivially_destructible_v<decltype(out)>, "act leaves its bytes in home.scratch");
  return Op::push(state, args, out);
}

/// Returns the string at `index`. Raises an argument error if there is none. Valid while the value is on the stack.
inline std::string_view check_string(lua_State* state, int index) {
  std::size_t size = 0;
  const char* data = luaL_checklstring(state, index, &size);
  return {data, size};
}

/// Returns the string at `index`, or `otherwise` if the argument is missing or nil. Raises as check_string() does.
inline std::string_view opt_string(lua_State* state, int index, std::string_view otherwise) {
  return lua_isnoneornil(state, index) ? otherwise : check_string(state, index);
}

/// Pushes a string. May raise (memory).
inline void push_string(lua_State* state, std::string_view text) { lua_pushlstring(state, text.data(), text.size()); }

/// Set the field `key` of the table on top of the stack. May raise (memory).
inline void set_field(lua_State* state, const char* key, std::string_view text) {
  push_string(state, text);
  lua_setfield(state, -2, key);
}
inline void set_integer(lua_State* state, const char* key, lua_Integer number) {
  lua_pushinteger(state, number);
  lua_setfield(state, -2, key);
}
inline void set_boolean(lua_State* state, const char* key, bool truth) {
  lua_pushboolean(state, truth);
  lua_setfield(state, -2, key);
}

}  // namespace sluice::lua
