#include "lua/pattern.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace sluice::lua {
namespace {

constexpr char kEscape = '%';

unsigned char byte(char c) noexcept { return static_cast<unsigned char>(c); }

bool is_of_class(int c, int letter) noexcept {
  bool is = false;
  switch (std::tolower(letter)) {
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
      break;  // deprecated, but known
    default:
      return letter == c;
  }
  return std::isupper(letter) ? !is : is;
}

/// `set` at its "[", `last` at its "]".
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

bool is_repetition(char c) noexcept { return c == '*' || c == '+' || c == '?' || c == '-'; }

}  // namespace

const char* PatternMatch::end_of_single(const char* item) const {
  const char first = *item++;
  if (first == kEscape) {
    if (item == pattern_end_) luaL_error(state_, "malformed pattern (ends with '%%')");
    return item + 1;
  }
  if (first != '[') return item;
  if (*item == '^') ++item;
  do {  // a "]" that comes first belongs to the set
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

const char* PatternMatch::next_candidate(const char* from) const noexcept {
  if (!is_literal(pattern_)) return from;
  return static_cast<const char*>(std::memchr(from, byte(*pattern_), static_cast<std::size_t>(end_ - from)));
}

const char* PatternMatch::at(const char* place) {
  level_ = 0;
  depth_left_ = kDeepest;
  return match(place, pattern_);
}

const char* PatternMatch::match(const char* at, const char* item) {
  spend(1);
  if (depth_left_-- == 0) luaL_error(state_, "pattern too complex");
  const char* end = match_items(at, item);
  ++depth_left_;
  return end;
}

const char* PatternMatch::match_items(const char* at, const char* item) {
  while (at && item != pattern_end_) {
    switch (*item) {
      case '(':
        return item[1] == ')' ? open_capture(at, item + 2, kPosition) : open_capture(at, item + 1, kUnfinished);
      case ')':
        return close_capture(at, item + 1);
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
      if (*after != '*' && *after != '?' && *after != '-') return nullptr;
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
  if (*item == '[' && item[1] == '^' && item[2] != kEscape && item + 4 == after) {  // all but one byte
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
  const char* rest = after + 1;
  // Attempts that fail at their first byte need not be made, but for the error of one too deep.
  const bool literal = depth_left_ > 0 && is_literal(rest);
  while (many >= 0) {
    if (literal) {
      const auto places = static_cast<std::size_t>(std::min(many + 1, end_ - at));
      const void* last = ::memrchr(at, byte(*rest), places);
      if (!last) return nullptr;
      many = static_cast<const char*>(last) - at;
    }
    if (const char* end = match(at + many, rest)) return end;
    --many;
  }
  return nullptr;
}

const char* PatternMatch::match_fewest(const char* at, const char* item, const char* after) {
  const char* rest = after + 1;
  const bool literal = *item == '.' && depth_left_ > 0 && is_literal(rest);
  while (true) {
    if (literal) {
      const void* next = std::memchr(at, byte(*rest), static_cast<std::size_t>(end_ - at));
      spend(next ? static_cast<const char*>(next) - at : end_ - at);
      if (!next) return nullptr;
      at = static_cast<const char*>(next);
    }
    if (const char* end = match(at, rest)) return end;
    if (!matches_one(at, item, after)) return nullptr;
    ++at;
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

const char* PatternMatch::open_capture(const char* at, const char* item, std::ptrdiff_t size) {
  if (level_ >= kMostCaptures) luaL_error(state_, "too many captures");
  captures_[level_] = {at, size};
  ++level_;
  const char* end = match(at, item);
  if (!end) --level_;
  return end;
}

const char* PatternMatch::close_capture(const char* at, const char* item) {
  int index = level_ - 1;
  while (index >= 0 && captures_[index].size != kUnfinished) --index;
  if (index < 0) luaL_error(state_, "invalid pattern capture");
  captures_[index].size = at - captures_[index].begin;
  const char* end = match(at, item);
  if (!end) captures_[index].size = kUnfinished;
  return end;
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
