// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/table_lib.hpp"

#include <climits>
#include <ctime>

#include "lua/binding.hpp"
#include "nse/runtime/interrupt.hpp"

// These functions do what section 6.6 of the Lua 5.4 manual says, with the messages of Lua. sort compares in the same
// order as Lua's, because a comparison function can observe it. They may raise or yield at each step, so they own no
// C++ objects.

namespace sluice::nse {
namespace {

enum Access : unsigned { kRead = 1, kWrite = 2, kLength = 4 };

bool has_metafield(lua_State* state, int metatable, const char* name) {
  lua_pushstring(state, name);
  const bool found = lua_rawget(state, metatable) != LUA_TNIL;
  lua_pop(state, 1);
  return found;
}

/// Raises if the argument is neither a table nor a value with the metamethods for this access.
void check_table(lua_State* state, int index, unsigned access) {
  if (lua_istable(state, index)) return;
  if (lua_getmetatable(state, index)) {
    const int metatable = lua_gettop(state);
    const bool behaves = (!(access & kRead) || has_metafield(state, metatable, "__index")) &&
                         (!(access & kWrite) || has_metafield(state, metatable, "__newindex")) &&
                         (!(access & kLength) || has_metafield(state, metatable, "__len"));
    lua_pop(state, 1);
    if (behaves) return;
  }
  luaL_checktype(state, index, LUA_TTABLE);
}

lua_Integer check_length(lua_State* state, unsigned access) {
  check_table(state, 1, access | kLength);
  return luaL_len(state, 1);
}

/// to_table[to] = from_table[from]
void copy(lua_State* state, int from_table, lua_Integer from, int to_table, lua_Integer to) {
  lua_geti(state, from_table, from);
  lua_seti(state, to_table, to);
}

lua_Unsigned as_unsigned(lua_Integer number) { return static_cast<lua_Unsigned>(number); }

int insert(lua_State* state) {
  // Wraps around at the largest integer, as Lua's function does.
  const auto end = static_cast<lua_Integer>(as_unsigned(check_length(state, kRead | kWrite)) + 1);
  lua_Integer position = end;
  switch (lua_gettop(state)) {
    case 2:
      break;
    case 3: {
      position = luaL_checkinteger(state, 2);
      luaL_argcheck(state, as_unsigned(position) - 1 < as_unsigned(end), 2, "position out of bounds");
      StepCounter counter(state);
      for (lua_Integer index = end; index > position; --index, counter.step()) copy(state, 1, index - 1, 1, index);
      break;
    }
    default:
      return luaL_error(state, "wrong number of arguments to 'insert'");
  }
  lua_seti(state, 1, position);
  return 0;
}

int remove(lua_State* state) {
  const lua_Integer size = check_length(state, kRead | kWrite);
  lua_Integer position = luaL_optinteger(state, 2, size);
  if (position != size)
    luaL_argcheck(state, as_unsigned(position) - 1 <= as_unsigned(size), 2, "position out of bounds");
  lua_geti(state, 1, position);
  StepCounter counter(state);
  for (; position < size; ++position, counter.step()) copy(state, 1, position + 1, 1, position);
  lua_pushnil(state);
  lua_seti(state, 1, position);
  return 1;
}

int move(lua_State* state) {
  const lua_Integer first = luaL_checkinteger(state, 2), last = luaL_checkinteger(state, 3);
  const lua_Integer to = luaL_checkinteger(state, 4);
  const int target = lua_isnoneornil(state, 5) ? 1 : 5;
  check_table(state, 1, kRead);
  check_table(state, target, kWrite);
  if (last >= first) {
    luaL_argcheck(state, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    const lua_Integer count = last - first + 1;
    luaL_argcheck(state, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    StepCounter counter(state);
    const bool upward = to > last || to <= first || (target != 1 && !lua_compare(state, 1, target, LUA_OPEQ));
    if (upward)
      for (lua_Integer index = 0; index < count; ++index, counter.step())
        copy(state, 1, first + index, target, to + index);
    else
      for (lua_Integer index = count - 1; index >= 0; --index, counter.step())
        copy(state, 1, first + index, target, to + index);
  }
  lua_pushvalue(state, target);
  return 1;
}

void add_field(lua_State* state, luaL_Buffer& buffer, lua_Integer index) {
  lua_geti(state, 1, index);
  if (!lua_isstring(state, -1))
    luaL_error(state, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(state, -1),
               static_cast<LUAI_UACINT>(index));
  luaL_addvalue(&buffer);
}

int concat(lua_State* state) {
  const lua_Integer size = check_length(state, kRead);
  const std::string_view separator = lua::opt_string(state, 2, "");
  lua_Integer index = luaL_optinteger(state, 3, 1);
  const lua_Integer last = luaL_optinteger(state, 4, size);
  luaL_Buffer buffer;
  luaL_buffinit(state, &buffer);
  StepCounter counter(state);
  for (; index < last; ++index, counter.step()) {
    add_field(state, buffer, index);
    luaL_addlstring(&buffer, separator.data(), separator.size());
  }
  if (index == last) add_field(state, buffer, index);
  luaL_pushresult(&buffer);
  return 1;
}

int unpack(lua_State* state) {
  lua_Integer index = luaL_optinteger(state, 2, 1);
  const lua_Integer last = lua_isnoneornil(state, 3) ? luaL_len(state, 1) : luaL_checkinteger(state, 3);
  if (index > last) return 0;
  const lua_Unsigned more = as_unsigned(last) - as_unsigned(index);
  if (more >= INT_MAX || !lua_checkstack(state, static_cast<int>(more + 1)))
    return luaL_error(state, "too many results to unpack");
  StepCounter counter(state);
  for (; index < last; ++index, counter.step()) lua_geti(state, 1, index);
  lua_geti(state, 1, last);
  return static_cast<int>(more + 1);
}

// ---- Sort: quicksort. The pivot is the median of three.

using Index = unsigned;

/// From this size on the pivot is chosen at random, after a partition whose parts had very different sizes.
constexpr Index kLarge = 100;

unsigned random_number() { return static_cast<unsigned>(std::clock()) + static_cast<unsigned>(std::time(nullptr)); }

class Sorter {
 public:
  explicit Sorter(lua_State* state) : state_(state), counter_(state), compares_(!lua_isnil(state, 2)) {}

  void sort(Index low, Index high, unsigned random) {
    while (low < high) {
      get(low);
      get(high);
      swap_if(-1, -2, low, high);
      if (high - low == 1) return;
      Index pivot = high - low < kLarge || random == 0 ? low + (high - low) / 2 : choose_pivot(low, high, random);
      get(pivot);
      get(low);
      if (less(-2, -1)) {
        set_two(pivot, low);
      } else {
        lua_pop(state_, 1);
        get(high);
        swap_if(-1, -2, pivot, high);
      }
      if (high - low == 2) return;
      get(pivot);
      lua_pushvalue(state_, -1);
      get(high - 1);
      set_two(pivot, high - 1);
      pivot = partition(low, high);
      const bool lower_is_smaller = pivot - low < high - pivot;
      const Index smaller = lower_is_smaller ? pivot - low : high - pivot;
      if (lower_is_smaller) {
        sort(low, pivot - 1, random);
        low = pivot + 1;
      } else {
        sort(pivot + 1, high, random);
        high = pivot - 1;
      }
      if ((high - low) / 128 > smaller) random = random_number();
    }
  }

 private:
  void get(Index index) { lua_geti(state_, 1, index); }
  /// Pops two values and stores them in the table: the topmost at `first`, the other one at `second`.
  void set_two(Index first, Index second) {
    lua_seti(state_, 1, first);
    lua_seti(state_, 1, second);
  }
  bool less(int left, int right) {
    counter_.step();
    if (!compares_) return lua_compare(state_, left, right, LUA_OPLT);
    lua_pushvalue(state_, 2);
    lua_pushvalue(state_, left - 1);
    lua_pushvalue(state_, right - 2);
    lua_call(state_, 2, 1);
    const bool result = lua_toboolean(state_, -1);
    lua_pop(state_, 1);
    return result;
  }
  /// Pops the values of two indices, and exchanges them in the table if less(left, right).
  void swap_if(int left, int right, Index first, Index second) {
    if (less(left, right))
      set_two(first, second);
    else
      lua_pop(state_, 2);
  }
  static Index choose_pivot(Index low, Index high, unsigned random) {
    const Index quarter = (high - low) / 4;
    return random % (quarter * 2) + (low + quarter);
  }
  /// Moves values less than the pivot before it, and the others after it. Returns the index of the pivot. The pivot is
  /// on top of the stack, and at the index high - 1.
  Index partition(Index low, Index high) {
    Index from_low = low, from_high = high - 1;
    for (;;) {
      while (get(++from_low), less(-1, -2)) {
        if (from_low == high - 1) luaL_error(state_, "invalid order function for sorting");
        lua_pop(state_, 1);
      }
      while (get(--from_high), less(-3, -1)) {
        if (from_high < from_low) luaL_error(state_, "invalid order function for sorting");
        lua_pop(state_, 1);
      }
      if (from_high < from_low) {
        lua_pop(state_, 1);
        set_two(high - 1, from_low);
        return from_low;
      }
      set_two(from_low, from_high);
    }
  }

  lua_State* state_;
  StepCounter counter_;
  bool compares_;
};

int sort(lua_State* state) {
  const lua_Integer size = check_length(state, kRead | kWrite);
  if (size <= 1) return 0;
  luaL_argcheck(state, size < INT_MAX, 1, "array too big");
  if (!lua_isnoneornil(state, 2)) luaL_checktype(state, 2, LUA_TFUNCTION);
  lua_settop(state, 2);
  luaL_checkstack(state, 40, "");
  Sorter(state).sort(1, static_cast<Index>(size), 0);
  return 0;
}

}  // namespace

void open_table(lua_State* state) {
  constexpr luaL_Reg kFunctions[] = {{"concat", concat}, {"insert", insert}, {"move", move},    {"remove", remove},
                                     {"sort", sort},     {"unpack", unpack}, {nullptr, nullptr}};
  lua_getglobal(state, LUA_TABLIBNAME);
  luaL_setfuncs(state, kFunctions, 0);
  lua_pop(state, 1);
}

}  // namespace sluice::nse
