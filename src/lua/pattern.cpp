// SPDX-License-Identifier: Apache-2.0 AND MIT
// Derived from lstrlib.c of Lua 5.4:
//
// Copyright (C) 1994-2022 Lua.org, PUC-Rio.
//
// Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
// documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
// rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
// permit persons to whom the Software is furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
// Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
// WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
// COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
// OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

#include "lua/pattern.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstring>

namespace sluice::lua {
namespace {

constexpr char kEscape = '%';

unsigned char byte(char c) noexcept { return static_cast<unsigned char>(c); }

constexpr int kLowerCase = 'a' ^ 'A';  ///< the bit that differs between upper and lower case

bool is_of_class(int c, int letter) noexcept {
  bool is = false;
  switch (letter | kLowerCase) {
    case 'a':
      is = std::isalpha(c) != 0;
      break;
    case 'c':
      is = std::iscntrl(c) != 0;
      break;
    case 'd':
      is = std::isdigit(c) != 0;
      break;
    case 'g':
      is = std::isgraph(c) != 0;
      break;
    case 'l':
      is = std::islower(c) != 0;
      break;
    case 'p':
      is = std::ispunct(c) != 0;
      break;
    case 's':
      is = std::isspace(c) != 0;
      break;
    case 'u':
      is = std::isupper(c) != 0;
      break;
    case 'w':
      is = std::isalnum(c) != 0;
      break;
    case 'x':
      is = std::isxdigit(c) != 0;
      break;
    case 'z':
      is = c == 0;
      break;  // deprecated in Lua, but accepted
    default:
      return letter == c;
  }
  return is == ((letter & kLowerCase) != 0);
}

/// `set`: at its "["; `last`: at its "]".
bool is_in_set(int c, const char* set, const char* last) noexcept {
  const bool excluding = set[1] == '^';
  if (excluding) ++set;
  while (++set < last) {
    if (*set == kEscape) {
      ++set;
      if (is_of_class(c, byte(*set))) return !excluding;
    } else if (set[1] == '-' && set + 2 < last) {
      set += 2;
      if (byte(set[-2]) <= c && c <= byte(*set)) return !excluding;
    } else if (byte(*set) == c) {
      return !excluding;
    }
  }
  return excluding;
}

bool may_be_absent(char repetition) noexcept { return repetition == '*' || repetition == '?' || repetition == '-'; }

bool is_repetition(char c) noexcept { return c == '+' || may_be_absent(c); }

/// Returns the item behind the single item at `item`, or null if the single item is malformed.
const char* behind_single(const char* item, const char* end) noexcept {
  const char first = *item++;
  if (first == kEscape) return item == end ? nullptr : item + 1;
  if (first != '[') return item;
  if (item != end && *item == '^') ++item;
  do {  // a "]" at the beginning belongs to the set
    if (item == end) return nullptr;
    if (*item++ == kEscape && item != end) ++item;
  } while (item == end || *item != ']');
  return item + 1;
}

}  // namespace

std::optional<std::size_t> furthest_look(std::string_view pattern) noexcept {
  const char *item = pattern.data(), *const end = item + pattern.size();
  std::size_t bytes = 0;
  while (item != end) {
    if (*item == '(' || *item == ')') {
      ++item;
      continue;
    }
    if (*item == '$' && item + 1 == end) return std::nullopt;
    if (*item == kEscape && item + 1 != end && (item[1] == 'b' || item[1] == 'f' || std::isdigit(byte(item[1]))))
      return std::nullopt;
    item = behind_single(item, end);
    if (!item) return std::nullopt;
    ++bytes;
    if (item == end) break;
    if (*item == '?')
      ++item;
    else if (is_repetition(*item))
      return std::nullopt;
  }
  return bytes;
}

const char* PatternMatch::end_of_single(const char* item) const {
  const char first = *item++;
  if (first == kEscape) {
    if (item == pattern_end_) luaL_error(state_, "malformed pattern (ends with '%%')");
    return item + 1;
  }
  if (first != '[') return item;
  if (*item == '^') ++item;
  do {  // a "]" at the beginning belongs to the set
    if (item == pattern_end_) luaL_error(state_, "malformed pattern (missing ']')");
    if (*item++ == kEscape && item < pattern_end_) ++item;
  } while (*item != ']');
  return item + 1;
}

bool PatternMatch::matches_one(const char* at, const char* item, const char* after) const {
  if (at >= end_) return false;
  const int c = byte(*at);
  switch (*item) {
    case '.':
      return true;
    case kEscape:
      return is_of_class(c, byte(item[1]));
    case '[':
      return is_in_set(c, item, after - 1);
    default:
      return byte(*item) == c;
  }
}

bool PatternMatch::is_literal(const char* item) const noexcept {
  if (item >= pattern_end_) return false;
  switch (*item) {
    case '(':
    case ')':
    case '.':
    case '[':
    case '$':
    case kEscape:
      return false;
    default:
      return item + 1 == pattern_end_ || !is_repetition(item[1]);
  }
}

const char* PatternMatch::behind_parentheses(const char* items) const noexcept {
  while (items != pattern_end_ && (*items == '(' || *items == ')')) ++items;
  return items;
}

bool PatternMatch::may_skip_all(const char* items, const char* first) const noexcept {
  return first == items && is_literal(first) && depth_left_ > 0;
}

bool PatternMatch::fails_at_once(const char* at, const char* first) const {
  if (first == pattern_end_) return false;
  if (*first == '$' && first + 1 == pattern_end_) return at != end_;
  if (*first == kEscape && (first[1] == 'b' || first[1] == 'f' || std::isdigit(byte(first[1])))) return false;
  const char* after = end_of_single(first);
  if (matches_one(at, first, after)) return false;
  if (!may_be_absent(*after)) return true;
  return after + 2 == pattern_end_ && after[1] == '$' && at != end_;
}

const char* PatternMatch::next_candidate(const char* from, const char* first) {
  if (is_literal(first)) {
    const void* next = std::memchr(from, byte(*first), static_cast<std::size_t>(end_ - from));
    spend(next ? static_cast<const char*>(next) - from : end_ - from);
    return static_cast<const char*>(next);
  }
  for (; from <= end_; ++from) {
    if (!fails_at_once(from, first)) return from;
    spend(1);
  }
  return nullptr;
}

const char* PatternMatch::last_candidate(const char* from, std::ptrdiff_t size, const char* first) {
  if (is_literal(first)) return static_cast<const char*>(::memrchr(from, byte(*first), static_cast<std::size_t>(size)));
  for (const char* place = from + size; place-- != from; spend(1))
    if (!fails_at_once(place, first)) return place;
  return nullptr;
}

const char* PatternMatch::search(const char*& from, const char* not_to) {
  const char* first = behind_parentheses(pattern_);
  bool may_skip = may_skip_all(pattern_, first);
  for (const char* place = from; place <= end_; ++place, may_skip = true) {
    if (may_skip && !(place = next_candidate(place, first))) return nullptr;
    const char* to = at(place);
    if (!to || to == not_to) continue;
    from = place;
    return to;
  }
  return nullptr;
}

const char* PatternMatch::at(const char* place) {
  level_ = 0;
  depth_left_ = kDeepest;
  return match(place, pattern_);
}

void PatternMatch::descend() {
  if (depth_left_-- == 0) luaL_error(state_, "pattern too complex");
}

const char* PatternMatch::match(const char* at, const char* item) {
  spend(1);
  const int depth = depth_left_, level = level_;
  std::uint32_t closed = 0;
  const char* end = match_items(at, item, closed);
  depth_left_ = depth;
  if (!end) {
    level_ = level;
    for (; closed != 0; closed &= closed - 1) captures_[std::countr_zero(closed)].size = kUnfinished;
  }
  return end;
}

const char* PatternMatch::match_items(const char* at, const char* item, std::uint32_t& closed) {
  descend();
  while (at && item != pattern_end_) {
    switch (*item) {
      case '(':
        descend();
        item = open_capture(at, item + 1);
        continue;
      case ')':
        descend();
        closed |= close_capture(at);
        ++item;
        continue;
      case '$':
        if (item + 1 == pattern_end_) return at == end_ ? at : nullptr;
        break;
      case kEscape:
        if (item[1] == 'b') {
          at = match_balance(at, item + 2);
          item += 4;
          continue;
        }
        if (item[1] == 'f') {
          at = match_frontier(at, item + 2, &item);
          continue;
        }
        if (std::isdigit(byte(item[1]))) {
          at = match_again(at, byte(item[1]));
          item += 2;
          continue;
        }
        break;
      default:
        break;
    }
    const char* after = end_of_single(item);
    if (!matches_one(at, item, after)) {
      if (!may_be_absent(*after)) return nullptr;
      item = after + 1;
      continue;
    }
    switch (*after) {
      case '*':
        return match_most(at, item, after);
      case '+':
        return match_most(at + 1, item, after);
      case '-':
        return match_fewest(at, item, after);
      case '?':
        if (const char* end = match(at + 1, after + 1)) return end;
        item = after + 1;
        break;
      default:
        ++at;
        item = after;
    }
  }
  return at;
}

const char* PatternMatch::match_frontier(const char* at, const char* set, const char** after) {
  if (*set != '[') luaL_error(state_, "missing '[' after '%%f' in pattern");
  *after = end_of_single(set);
  const char* last = *after - 1;
  const char previous = at == begin_ ? '\0' : at[-1];
  return !is_in_set(byte(previous), set, last) && is_in_set(byte(*at), set, last) ? at : nullptr;
}

std::ptrdiff_t PatternMatch::count(const char* at, const char* item, const char* after) const {
  const std::ptrdiff_t left = end_ - at;
  if (*item == '.') return left;
  if (*item == '[' && item[1] == '^' && item[2] != kEscape && item + 4 == after) {  // a complement of one byte
    const void* other = std::memchr(at, byte(item[2]), static_cast<std::size_t>(left));
    return other ? static_cast<const char*>(other) - at : left;
  }
  std::ptrdiff_t many = 0;
  while (matches_one(at + many, item, after)) ++many;
  return many;
}

const char* PatternMatch::match_most(const char* at, const char* item, const char* after) {
  std::ptrdiff_t many = count(at, item, after);
  spend(many);
  const char *rest = after + 1, *first = behind_parentheses(rest);
  bool may_skip = may_skip_all(rest, first);
  for (const char* place = at + many; many >= 0; --place, may_skip = true) {
    if (may_skip && !(place = last_candidate(at, place - at + 1, first))) return nullptr;
    if (const char* end = match(place, rest)) return end;
    many = place - at - 1;
  }
  return nullptr;
}

const char* PatternMatch::match_fewest(const char* at, const char* item, const char* after) {
  const char *rest = after + 1, *first = behind_parentheses(rest);
  const bool of_any = *item == '.';
  for (bool may_skip = may_skip_all(rest, first);; ++at, may_skip = true) {
    if (may_skip && of_any && !(at = next_candidate(at, first))) return nullptr;
    for (; may_skip && !of_any && fails_at_once(at, first); ++at, spend(1))
      if (!matches_one(at, item, after)) return nullptr;
    if (const char* end = match(at, rest)) return end;
    if (!matches_one(at, item, after)) return nullptr;
  }
}

const char* PatternMatch::match_balance(const char* at, const char* ends) {
  if (ends >= pattern_end_ - 1) luaL_error(state_, "malformed pattern (missing arguments to '%%b')");
  if (*at != ends[0]) return nullptr;
  const char* from = at;
  int open = 1;
  while (++at < end_) {
    if (*at == ends[1]) {
      if (--open == 0) break;
    } else if (*at == ends[0]) {
      ++open;
    }
  }
  spend(at - from);
  return at < end_ ? at + 1 : nullptr;
}

const char* PatternMatch::match_again(const char* at, int digit) {
  const int index = digit - '1';
  if (index < 0 || index >= level_ || captures_[index].size == kUnfinished)
    luaL_error(state_, "invalid capture index %%%d", index + 1);
  const Capture& capture = captures_[index];
  if (capture.size < 0 || end_ - at < capture.size) return nullptr;
  spend(capture.size);
  return std::memcmp(capture.begin, at, static_cast<std::size_t>(capture.size)) == 0 ? at + capture.size : nullptr;
}

const char* PatternMatch::open_capture(const char* at, const char* item) {
  if (level_ >= kMaxCaptures) luaL_error(state_, "too many captures");
  const bool position = *item == ')';
  captures_[level_++] = {at, position ? kPosition : kUnfinished};
  return position ? item + 1 : item;
}

std::uint32_t PatternMatch::close_capture(const char* at) {
  int index = level_ - 1;
  while (index >= 0 && captures_[index].size != kUnfinished) --index;
  if (index < 0) luaL_error(state_, "invalid pattern capture");
  captures_[index].size = at - captures_[index].begin;
  return std::uint32_t{1} << index;
}

const PatternMatch::Capture& PatternMatch::finished_capture(int index, const char* from, const char* to,
                                                            Capture& whole) const {
  if (index >= level_) {
    if (index != 0) luaL_error(state_, "invalid capture index %%%d", index + 1);
    whole = {from, to - from};
    return whole;
  }
  const Capture& capture = captures_[index];
  if (capture.size == kUnfinished) luaL_error(state_, "unfinished capture");
  return capture;
}

void PatternMatch::push_capture(int index, const char* from, const char* to) {
  Capture whole;
  const Capture& capture = finished_capture(index, from, to, whole);
  if (capture.size == kPosition)
    lua_pushinteger(state_, capture.begin - begin_ + 1);
  else
    lua_pushlstring(state_, capture.begin, static_cast<std::size_t>(capture.size));
}

void PatternMatch::add_capture(luaL_Buffer& buffer, int index, const char* from, const char* to) {
  Capture whole;
  const Capture& capture = finished_capture(index, from, to, whole);
  if (capture.size == kPosition) {
    lua_pushinteger(state_, capture.begin - begin_ + 1);
    luaL_addvalue(&buffer);
  } else {
    luaL_addlstring(&buffer, capture.begin, static_cast<std::size_t>(capture.size));
  }
}

int PatternMatch::push_captures(const char* from, const char* to) {
  const int many = level_ == 0 && from ? 1 : level_;
  luaL_checkstack(state_, many, "too many captures");
  for (int index = 0; index < many; ++index) push_capture(index, from, to);
  return many;
}

}  // namespace sluice::lua
