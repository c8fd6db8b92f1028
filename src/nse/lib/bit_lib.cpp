// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/bit_lib.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>

namespace sluice::nse {
namespace {

// Functions that both libraries have are templates. `Word` has the width of the numbers.

template <class Word>
constexpr lua_Integer kBits = std::numeric_limits<Word>::digits;

template <class Word>
Word check(lua_State* state, int index) {
  return static_cast<Word>(luaL_checkinteger(state, index));
}

template <class Word>
int give(lua_State* state, Word number) {
  lua_pushinteger(state, static_cast<lua_Integer>(number));
  return 1;
}

template <class Word>
int bnot(lua_State* state) {
  return give<Word>(state, ~check<Word>(state, 1));
}

/// Shifts logically: left if `places` is positive, right if it is negative.
template <class Word>
Word shift(Word number, lua_Integer places) noexcept {
  if (places <= -kBits<Word> || places >= kBits<Word>) return 0;
  return places >= 0 ? number << places : number >> -places;
}

template <class Word>
int lshift(lua_State* state) {
  return give(state, shift(check<Word>(state, 1), luaL_checkinteger(state, 2)));
}

template <class Word>
int rshift(lua_State* state) {
  const auto number = check<Word>(state, 1);
  return give(state, shift(number, -std::clamp(luaL_checkinteger(state, 2), -kBits<Word>, kBits<Word>)));
}

template <class Word>
int arshift(lua_State* state) {
  const auto number = check<Word>(state, 1);
  const lua_Integer places = std::clamp(luaL_checkinteger(state, 2), -kBits<Word>, kBits<Word> - 1);
  if (places < 0) return give(state, shift(number, -places));
  return give(state, static_cast<Word>(static_cast<std::make_signed_t<Word>>(number) >> places));
}

/// Applies an operation to one or more integers, from left to right.
template <class Operation>
int fold(lua_State* state) {
  auto result = check<lua_Unsigned>(state, 1);
  for (int index = 2; index <= lua_gettop(state); ++index)
    result = Operation{}(result, check<lua_Unsigned>(state, index));
  return give(state, result);
}

/// Returns the remainder. It has the sign of the dividend, as in C.
int mod(lua_State* state) {
  const lua_Integer number = luaL_checkinteger(state, 1);
  const lua_Integer divisor = luaL_checkinteger(state, 2);
  luaL_argcheck(state, divisor != 0, 2, "division by zero");
  return give(state, divisor == -1 ? 0 : number % divisor);  // the lowest integer divided by -1 would trap
}

constexpr luaL_Reg kBit[] = {{"band", fold<std::bit_and<>>},
                             {"bor", fold<std::bit_or<>>},
                             {"bxor", fold<std::bit_xor<>>},
                             {"bnot", bnot<lua_Unsigned>},
                             {"lshift", lshift<lua_Unsigned>},
                             {"rshift", rshift<lua_Unsigned>},
                             {"arshift", arshift<lua_Unsigned>},
                             {"mod", mod},
                             {nullptr, nullptr}};

using Word32 = std::uint32_t;
constexpr Word32 kAllBits = ~Word32{0};

/// Applies an operation to all arguments. Returns `Start` if there are none.
template <class Operation, Word32 Start>
Word32 folded(lua_State* state) {
  Word32 result = Start;
  for (int index = 1; index <= lua_gettop(state); ++index) result = Operation{}(result, check<Word32>(state, index));
  return result;
}

template <class Operation, Word32 Start>
int fold32(lua_State* state) {
  return give(state, folded<Operation, Start>(state));
}

int btest(lua_State* state) {
  lua_pushboolean(state, folded<std::bit_and<>, kAllBits>(state) != 0);
  return 1;
}

/// Rotates left if `Sign` is 1, right if it is -1.
template <int Sign>
int rotate(lua_State* state) {
  const auto number = check<Word32>(state, 1);
  return give(state, std::rotl(number, Sign * static_cast<int>(luaL_checkinteger(state, 2) % kBits<Word32>)));
}

struct Field {
  lua_Integer first, width;
  [[nodiscard]] Word32 mask() const noexcept { return kAllBits >> (kBits<Word32> - width); }
};

Field check_field(lua_State* state, int index) {
  const Field field = {luaL_checkinteger(state, index), luaL_optinteger(state, index + 1, 1)};
  luaL_argcheck(state, field.first >= 0, index, "field cannot be negative");
  luaL_argcheck(state, field.width > 0, index + 1, "width must be positive");
  if (field.first > kBits<Word32> || field.width > kBits<Word32> - field.first)
    luaL_error(state, "trying to access non-existent bits");
  return field;
}

int extract(lua_State* state) {
  const auto number = check<Word32>(state, 1);
  const Field field = check_field(state, 2);
  return give(state, number >> field.first & field.mask());
}

int replace(lua_State* state) {
  const auto number = check<Word32>(state, 1), value = check<Word32>(state, 2);
  const Field field = check_field(state, 3);
  return give(state, (number & ~(field.mask() << field.first)) | (value & field.mask()) << field.first);
}

constexpr luaL_Reg kBit32[] = {{"band", fold32<std::bit_and<>, kAllBits>},
                               {"bor", fold32<std::bit_or<>, 0>},
                               {"bxor", fold32<std::bit_xor<>, 0>},
                               {"btest", btest},
                               {"bnot", bnot<Word32>},
                               {"lshift", lshift<Word32>},
                               {"rshift", rshift<Word32>},
                               {"arshift", arshift<Word32>},
                               {"lrotate", rotate<1>},
                               {"rrotate", rotate<-1>},
                               {"extract", extract},
                               {"replace", replace},
                               {nullptr, nullptr}};

}  // namespace

int open_bit(lua_State* state) {
  luaL_newlib(state, kBit);
  return 1;
}

int open_bit32(lua_State* state) {
  luaL_newlib(state, kBit32);
  return 1;
}

}  // namespace sluice::nse
