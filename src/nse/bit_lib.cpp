#include "nse/bit_lib.hpp"

#include <algorithm>
#include <functional>

namespace sluice::nse {
namespace {

/// Folds an operation over one or more integers.
template <class Operation>
int fold(lua_State* state) {
  lua_Unsigned result = static_cast<lua_Unsigned>(luaL_checkinteger(state, 1));
  for (int index = 2; index <= lua_gettop(state); ++index)
    result = Operation{}(result, static_cast<lua_Unsigned>(luaL_checkinteger(state, index)));
  lua_pushinteger(state, static_cast<lua_Integer>(result));
  return 1;
}

int bnot(lua_State* state) {
  lua_pushinteger(state, ~luaL_checkinteger(state, 1));
  return 1;
}

/// Left for positive places, right for negative ones, zeros in from either end.
lua_Unsigned shift(lua_Unsigned number, lua_Integer places) noexcept {
  if (places <= -64 || places >= 64) return 0;
  return places >= 0 ? number << places : number >> -places;
}

int lshift(lua_State* state) {
  const auto number = static_cast<lua_Unsigned>(luaL_checkinteger(state, 1));
  lua_pushinteger(state, static_cast<lua_Integer>(shift(number, luaL_checkinteger(state, 2))));
  return 1;
}

int rshift(lua_State* state) {
  const auto number = static_cast<lua_Unsigned>(luaL_checkinteger(state, 1));
  const lua_Integer places = std::clamp<lua_Integer>(luaL_checkinteger(state, 2), -64, 64);
  lua_pushinteger(state, static_cast<lua_Integer>(shift(number, -places)));
  return 1;
}

int arshift(lua_State* state) {
  const lua_Integer number = luaL_checkinteger(state, 1);
  const lua_Integer places = std::clamp<lua_Integer>(luaL_checkinteger(state, 2), -64, 63);
  lua_pushinteger(state, places >= 0 ? number >> places
                                     : static_cast<lua_Integer>(shift(static_cast<lua_Unsigned>(number), -places)));
  return 1;
}

/// The remainder, with the sign of the first as in C.
int mod(lua_State* state) {
  const lua_Integer number = luaL_checkinteger(state, 1);
  const lua_Integer divisor = luaL_checkinteger(state, 2);
  luaL_argcheck(state, divisor != 0, 2, "division by zero");
  lua_pushinteger(state, divisor == -1 ? 0 : number % divisor);  // the lowest integer / -1 would trap
  return 1;
}

constexpr luaL_Reg kFunctions[] = {{"band", fold<std::bit_and<>>},
                                   {"bor", fold<std::bit_or<>>},
                                   {"bxor", fold<std::bit_xor<>>},
                                   {"bnot", bnot},
                                   {"lshift", lshift},
                                   {"rshift", rshift},
                                   {"arshift", arshift},
                                   {"mod", mod},
                                   {nullptr, nullptr}};

}  // namespace

int open_bit(lua_State* state) {
  luaL_newlib(state, kFunctions);
  return 1;
}

}  // namespace sluice::nse
