// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/compat_lib.hpp"

#include <algorithm>
#include <string_view>

#include "lua/binding.hpp"

namespace sluice::nse {
namespace {

/// True if the value on top of the stack is the error of Lua 5.4 for a "z" without a zero byte.
bool is_unfinished(lua_State* state) {
  return lua_type(state, -1) == LUA_TSTRING &&
         lua::check_string(state, -1).find("unfinished string for format 'z'") != std::string_view::npos;
}

/// Calls the original function, which is the upvalue, with the arguments at 1..count. Pushes its results or its error.
/// Returns a Lua status.
int call_original(lua_State* state, int count) {
  lua_pushvalue(state, lua_upvalueindex(1));
  for (int index = 1; index <= count; ++index) lua_pushvalue(state, index);
  return lua_pcall(state, count, LUA_MULTRET, 0);
}

/// Raises the error of the original function, which is on top of the stack, as the error of the running function. Adds
/// the name of the running function and the line of the script, which the original cannot know inside lua_pcall.
int raise_as_own(lua_State* state) {
  constexpr std::string_view kArgument = "bad argument #", kMiddle = " to '?' (";
  if (lua_type(state, -1) != LUA_TSTRING) return lua_error(state);
  const std::string_view message = lua::check_string(state, -1);
  const std::size_t middle = message.find(kMiddle);
  if (!message.starts_with(kArgument) || middle != kArgument.size() + 1 || !message.ends_with(')'))
    return luaL_error(state, "%s", message.data());
  const int argument = message[kArgument.size()] - '0';  // one digit: the function has three arguments
  const std::string_view reason = message.substr(middle + kMiddle.size());
  lua_pushlstring(state, reason.data(), reason.size() - 1);
  return luaL_argerror(state, argument, lua_tostring(state, -1));
}

/// string.unpack(format, data [, position]). If the original function finds no zero byte for a "z", it is called again
/// with a zero byte added to the data. As in Lua 5.3, the next position is then two after the last byte of the data;
/// nselib's mongodb relies on it.
int unpack(lua_State* state) {
  const int count = lua_gettop(state);
  luaL_checkstack(state, count + 1, "too many arguments");
  int status = call_original(state, count);
  if (status == LUA_ERRRUN && is_unfinished(state)) {
    lua_settop(state, count);
    const auto end = static_cast<lua_Integer>(lua::check_string(state, 2).size()) + 1;
    // A negative position counts from the end of the data without the added byte.
    if (const lua_Integer position = luaL_optinteger(state, 3, 1); position < 0) {
      lua_pushinteger(state, std::max<lua_Integer>(end + position, 1));
      lua_replace(state, 3);
    }
    lua_pushvalue(state, 2);
    lua_pushlstring(state, "", 1);
    lua_concat(state, 2);
    lua_replace(state, 2);
    status = call_original(state, count);
  }
  if (status == LUA_ERRRUN) return raise_as_own(state);
  if (status != LUA_OK) return lua_error(state);
  return lua_gettop(state) - count;
}

/// Converts an operand of a bitwise operation to an integer. Lua 5.3 did so for strings that represent integers.
void to_integer(lua_State* state, int index) {
  int converted = 0;
  const lua_Integer number = lua_tointegerx(state, index, &converted);
  if (!converted) {
    if (lua_isnumber(state, index)) luaL_error(state, "number has no integer representation");
    luaL_error(state, "attempt to perform bitwise operation on a %s value", luaL_typename(state, index));
  }
  lua_pushinteger(state, number);
}

/// A metamethod of strings for a bitwise operation. Lua calls it if one operand is a string and the other one has no
/// such metamethod.
template <int operation>
int bitwise(lua_State* state) {
  to_integer(state, 1);
  if (operation != LUA_OPBNOT) to_integer(state, 2);
  lua_arith(state, operation);
  return 1;
}

constexpr luaL_Reg kStringMetamethods[] = {{"__band", bitwise<LUA_OPBAND>},
                                           {"__bor", bitwise<LUA_OPBOR>},
                                           {"__bxor", bitwise<LUA_OPBXOR>},
                                           {"__shl", bitwise<LUA_OPSHL>},
                                           {"__shr", bitwise<LUA_OPSHR>},
                                           {"__bnot", bitwise<LUA_OPBNOT>},
                                           {nullptr, nullptr}};

}  // namespace

int open_compat(lua_State* state) {
  lua_getglobal(state, LUA_STRLIBNAME);
  lua_getfield(state, -1, "unpack");
  lua_pushcclosure(state, unpack, 1);
  lua_setfield(state, -2, "unpack");

  lua_pushliteral(state, "");
  lua_getmetatable(state, -1);
  luaL_setfuncs(state, kStringMetamethods, 0);
  return 0;
}

}  // namespace sluice::nse
