#pragma once

#include <lua.hpp>
#include <string_view>
#include <type_traits>

#include "lua/state.hpp"

// The Lua boundary (DESIGN.md, section 3). A function that scripts call is a struct in three steps:
//
//   struct Digest {
//     struct Args { std::string_view algorithm, data; };            // trivially destructible: views, integers,
//     pointers struct Out { bool known; std::string_view digest; };          // likewise; bytes lie in home.scratch
//     static Args parse(lua_State* L);                              // sees Lua, may raise, owns nothing
//     static Out act(lua::Home& home, const Args& args) noexcept;   // never sees Lua; all C++ is gone when it returns
//     static int push(lua_State* L, const Args&, const Out& out);   // sees Lua, may raise, owns nothing
//   };
//   {"digest", lua::call<Digest>}
//
// So no raise ever passes over a C++ object with a destructor, under C Lua (longjmp) as under C++ Lua (exceptions).

namespace sluice::lua {

template <class Op>
int call(lua_State* state) {
  auto args = Op::parse(state);
  static_assert(std::is_trivially_destructible_v<decltype(args)>, "parse returns views, integers and handles");
  static_assert(noexcept(Op::act(home(state), args)), "act must not throw");
  auto out = Op::act(home(state), args);
  static_assert(std::is_trivially_destructible_v<decltype(out)>, "act leaves its bytes in home.scratch");
  return Op::push(state, args, out);
}

inline std::string_view check_string(lua_State* state, int index) {
  std::size_t size = 0;
  const char* data = luaL_checklstring(state, index, &size);
  return {data, size};
}

inline std::string_view opt_string(lua_State* state, int index, std::string_view otherwise) {
  return lua_isnoneornil(state, index) ? otherwise : check_string(state, index);
}

inline void push_string(lua_State* state, std::string_view text) { lua_pushlstring(state, text.data(), text.size()); }

/// Sets the field `key` of the table on top of the stack.
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
