// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/string_lib.hpp"

#include <algorithm>
#include <cctype>
#include <climits>
#include <cstring>
#include <new>
#include <string_view>

#include "lua/binding.hpp"
#include "lua/pattern.hpp"
#include "nse/runtime/interrupt.hpp"

// These functions use Lua while they match and may raise at any time. So they own no C++ objects, and do not use the
// steps of lua/binding.hpp.

namespace sluice::nse {
namespace {

/// Returns the offset for the position at `index`. Positions count from 1, negative ones from the end.
std::size_t start_of(lua_State* state, int index, std::size_t size) {
  const lua_Integer position = luaL_optinteger(state, index, 1);
  if (position > 0) return static_cast<std::size_t>(position - 1);
  if (position == 0 || position < -static_cast<lua_Integer>(size)) return 0;
  return size - static_cast<std::size_t>(-position);
}

bool is_plain(std::string_view pattern) noexcept {
  return pattern.find_first_of("^$*+?.([%-") == std::string_view::npos;
}

bool take_anchor(std::string_view& pattern) noexcept {
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  return anchored;
}

int push_place(lua_State* state, std::size_t from, std::size_t size) {
  lua_pushinteger(state, static_cast<lua_Integer>(from) + 1);
  lua_pushinteger(state, static_cast<lua_Integer>(from) + static_cast<lua_Integer>(size));
  return 2;
}

int push_none(lua_State* state) {
  luaL_pushfail(state);
  return 1;
}

int find_plain(lua_State* state, std::string_view subject, std::size_t start, std::string_view wanted) {
  const std::string_view rest = subject.substr(start);
  const void* place = ::memmem(rest.data(), rest.size(), wanted.data(), wanted.size());
  if (!place) return push_none(state);
  return push_place(state, static_cast<std::size_t>(static_cast<const char*>(place) - subject.data()), wanted.size());
}

template <bool places>
int find(lua_State* state) {
  const std::string_view subject = lua::check_string(state, 1);
  std::string_view pattern = lua::check_string(state, 2);
  const std::size_t start = start_of(state, 3, subject.size());
  if (start > subject.size()) return push_none(state);
  if (places && (lua_toboolean(state, 4) || is_plain(pattern))) return find_plain(state, subject, start, pattern);

  const bool anchored = take_anchor(pattern);
  lua::PatternMatch match(state, subject, pattern, stop_if_condemned);
  const char* from = subject.data() + start;
  const char* to = anchored ? match.at(from) : match.search(from);
  if (!to) return push_none(state);
  if (!places) return match.push_captures(from, to);
  push_place(state, static_cast<std::size_t>(from - subject.data()), static_cast<std::size_t>(to - from));
  return 2 + match.push_captures(nullptr, nullptr);
}

/// The state of string.gmatch.
struct Matches {
  lua::PatternMatch match;
  const char* from;
  const char* last_end;  ///< end of the last match; an empty match at this position does not count
};

/// The iterator of string.gmatch. Upvalues: the subject and the pattern, which must stay alive, and the Matches.
int next_match(lua_State* state) {
  auto& matches = *static_cast<Matches*>(lua_touserdata(state, lua_upvalueindex(3)));
  matches.match.go_on_in(state);
  const char* from = matches.from;
  const char* to = matches.match.search(from, matches.last_end);
  if (!to) return 0;
  matches.from = matches.last_end = to;
  return matches.match.push_captures(from, to);
}

int gmatch(lua_State* state) {
  const std::string_view subject = lua::check_string(state, 1);
  const std::string_view pattern = lua::check_string(state, 2);
  const std::size_t start = std::min(start_of(state, 3, subject.size()), subject.size() + 1);
  lua_settop(state, 2);
  void* place = lua_newuserdatauv(state, sizeof(Matches), 0);
  ::new (place) Matches{{state, subject, pattern, stop_if_condemned}, subject.data() + start, nullptr};
  lua_pushcclosure(state, next_match, 3);
  return 1;
}

/// Adds the replacement of a match to the buffer if the third argument of gsub is a string.
void add_template(lua_State* state, lua::PatternMatch& match, luaL_Buffer& buffer, const char* from, const char* to) {
  std::string_view text = lua::check_string(state, 3);
  for (std::size_t mark; (mark = text.find('%')) != std::string_view::npos; text.remove_prefix(mark + 2)) {
    luaL_addlstring(&buffer, text.data(), mark);
    const char* what = text.data() + mark + 1;  // readable: a zero byte follows the text
    if (*what == '%')
      luaL_addchar(&buffer, '%');
    else if (*what == '0')
      luaL_addlstring(&buffer, from, static_cast<std::size_t>(to - from));
    else if (std::isdigit(static_cast<unsigned char>(*what)))
      match.add_capture(buffer, *what - '1', from, to);
    else
      luaL_error(state, "invalid use of '%%' in replacement string");
  }
  luaL_addlstring(&buffer, text.data(), text.size());
}

/// Adds the replacement of a match to the buffer. Returns false if the match is kept.
bool add_replacement(lua_State* state, lua::PatternMatch& match, luaL_Buffer& buffer, const char* from,
                     const char* to) {
  const int type = lua_type(state, 3);
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(state, 3);
    lua_call(state, match.push_captures(from, to), 1);
  } else if (type == LUA_TTABLE) {
    match.push_capture(0, from, to);
    lua_gettable(state, 3);
  } else {
    add_template(state, match, buffer, from, to);
    return true;
  }
  if (!lua_toboolean(state, -1)) {
    lua_pop(state, 1);
    luaL_addlstring(&buffer, from, static_cast<std::size_t>(to - from));
    return false;
  }
  if (!lua_isstring(state, -1)) luaL_error(state, "invalid replacement value (a %s)", luaL_typename(state, -1));
  luaL_addvalue(&buffer);
  return true;
}

int gsub(lua_State* state) {
  const std::string_view subject = lua::check_string(state, 1);
  std::string_view pattern = lua::check_string(state, 2);
  const int type = lua_type(state, 3);
  const lua_Integer most = luaL_optinteger(state, 4, static_cast<lua_Integer>(subject.size()) + 1);
  luaL_argexpected(state, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                   "string/function/table");
  const bool anchored = take_anchor(pattern);
  lua::PatternMatch match(state, subject, pattern, stop_if_condemned);
  const char *from = subject.data(), *last_end = nullptr;
  lua_Integer count = 0;
  bool changed = false;
  luaL_Buffer buffer;
  luaL_buffinit(state, &buffer);
  while (count < most) {
    const char* begin = from;
    const char* to = anchored ? match.at(begin) : match.search(begin, last_end);
    if (!to) break;
    luaL_addlstring(&buffer, from, static_cast<std::size_t>(begin - from));
    ++count;
    changed |= add_replacement(state, match, buffer, begin, to);
    from = last_end = to;
    if (anchored) break;
  }
  if (changed) {
    luaL_addlstring(&buffer, from, static_cast<std::size_t>(match.end() - from));
    luaL_pushresult(&buffer);
  } else {
    lua_pushvalue(state, 1);
  }
  lua_pushinteger(state, count);
  return 2;
}

/// string.rep(s, n [, separator]). Lua's function needs n steps also if the strings are empty.
int rep(lua_State* state) {
  const std::string_view text = lua::check_string(state, 1);
  const lua_Integer count = luaL_checkinteger(state, 2);
  const std::string_view separator = lua::opt_string(state, 3, "");
  const std::size_t each = text.size() + separator.size();
  if (count <= 0 || each == 0) {
    lua_pushliteral(state, "");
    return 1;
  }
  if (each > static_cast<std::size_t>(INT_MAX) / static_cast<std::size_t>(count))
    return luaL_error(state, "resulting string too large");
  const std::size_t size = each * static_cast<std::size_t>(count) - separator.size();
  luaL_Buffer buffer;
  char* result = luaL_buffinitsize(state, &buffer, size);
  std::size_t done = 0;
  for (const std::string_view first : {text, separator}) done += first.copy(result + done, size - done);
  for (; done < size; done += std::min(done, size - done))  // each step doubles the length
    std::memcpy(result + done, result, std::min(done, size - done));
  luaL_pushresultsize(&buffer, size);
  return 1;
}

}  // namespace

std::optional<Found> find_pattern(lua_State* state, std::string_view subject, std::string_view pattern,
                                  std::size_t start) {
  if (is_plain(pattern)) {
    const void* place = ::memmem(subject.data() + start, subject.size() - start, pattern.data(), pattern.size());
    if (!place) return std::nullopt;
    const auto from = static_cast<std::size_t>(static_cast<const char*>(place) - subject.data());
    return Found{from, from + pattern.size()};
  }
  const bool anchored = take_anchor(pattern);
  lua::PatternMatch match(state, subject, pattern, stop_if_condemned);
  const char* from = subject.data() + start;
  const char* to = anchored ? match.at(from) : match.search(from);
  if (!to) return std::nullopt;
  lua_pop(state, match.push_captures(nullptr, nullptr));  // raises if a capture of the pattern is not closed
  return Found{static_cast<std::size_t>(from - subject.data()), static_cast<std::size_t>(to - subject.data())};
}

bool is_string_find(lua_State* state, int index) noexcept { return lua_tocfunction(state, index) == find<true>; }

int open_string(lua_State* state) {
  constexpr luaL_Reg kFunctions[] = {{"find", find<true>}, {"match", find<false>}, {"gmatch", gmatch},
                                     {"gsub", gsub},       {"rep", rep},           {nullptr, nullptr}};
  lua_getglobal(state, "string");
  luaL_setfuncs(state, kFunctions, 0);
  lua_pop(state, 1);
  return 0;
}

}  // namespace sluice::nse
