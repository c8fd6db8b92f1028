// SPDX-License-Identifier: Apache-2.0 AND MIT
// Derived from lstrlib.c of Lua 5.4. Copyright (C) 1994-2022 Lua.org, PUC-Rio. MIT licence: see pattern.cpp.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <lua.hpp>
#include <optional>
#include <string_view>

namespace sluice::lua {

/// Returns the number of bytes, from its place on, that an attempt to match `pattern` reads at most. Returns nothing if
/// there is no such number, or if the result also depends on bytes before the place or on the end of the subject.
/// REQUIRES: `pattern` has no anchor "^".
std::optional<std::size_t> furthest_look(std::string_view pattern) noexcept;

/// Matches a Lua pattern (Lua 5.4 Reference Manual, 6.4.1) at places of a subject. Results and errors are those of
/// Lua's string library, from which this class is derived (copyright notice in pattern.cpp). For some patterns the time
/// grows with the square, or a higher power, of the size of the subject. Therefore a match calls the `Breather`, which
/// may interrupt it. Lua's own functions cannot be interrupted.
///
/// Functions raise if the pattern is malformed. The object owns nothing.
/// REQUIRES: subject and pattern end with a zero byte, as Lua strings do, and outlive the object. Not thread-safe.
class PatternMatch {
 public:
  /// Called after each kBreath bytes, approximately. May raise or yield.
  using Breather = void (*)(lua_State*);

  /// `pattern`: without the anchor "^", which the caller handles.
  PatternMatch(lua_State* state, std::string_view subject, std::string_view pattern, Breather breathe) noexcept
      : state_(state),
        breathe_(breathe),
        begin_(subject.data()),
        end_(begin_ + subject.size()),
        pattern_(pattern.data()),
        pattern_end_(pattern_ + pattern.size()) {}
  /// Sets the coroutine in which the match continues.
  void go_on_in(lua_State* state) noexcept { state_ = state; }

  /// Returns the end of the match that begins at `place`, or null if there is none.
  const char* at(const char* place);
  /// Returns the end of the first match that begins at `from` or later, and sets `from` to its beginning. Ignores
  /// matches that end at `not_to`. Returns null if there is none.
  const char* search(const char*& from, const char* not_to = nullptr);

  // Captures of the last match, which extends from `from` to `to`.

  /// Pushes all captures. Without captures, pushes the whole match if `from` is not null. Returns the number of values.
  int push_captures(const char* from, const char* to);
  /// Appends or pushes the capture `index`; 0 is the first. Without captures, capture 0 is the whole match.
  void add_capture(luaL_Buffer& buffer, int index, const char* from, const char* to);
  void push_capture(int index, const char* from, const char* to);

  [[nodiscard]] const char* end() const noexcept { return end_; }

 private:
  static constexpr std::ptrdiff_t kUnfinished = -1, kPosition = -2;
  static constexpr int kMaxCaptures = 32;
  static constexpr int kDeepest = 200;                ///< limit of calls of descend(), as in lstrlib.c
  static constexpr std::ptrdiff_t kBreath = 1 << 16;  ///< bytes between two calls of the breather, approximately
  struct Capture {
    const char* begin;
    std::ptrdiff_t size;
  };

  void spend(std::ptrdiff_t bytes) {
    budget_ -= bytes;
    if (budget_ < 0) {
      budget_ = kBreath;
      breathe_(state_);
    }
  }
  /// Records a step at which the matcher of lstrlib.c recurses. Raises after more than kDeepest of them.
  void descend();
  /// Matches the items from `item` to the end of the pattern. If they do not match, restores the captures.
  const char* match(const char* at, const char* item);
  /// Does the same without restoring the captures. Adds the bits of the captures that it closed to `closed`.
  const char* match_items(const char* at, const char* item, std::uint32_t& closed);
  const char* match_most(const char* at, const char* item, const char* after);
  const char* match_fewest(const char* at, const char* item, const char* after);
  const char* match_balance(const char* at, const char* ends);
  const char* match_frontier(const char* at, const char* set, const char** after);
  const char* match_again(const char* at, int digit);
  /// Opens a capture. `item`: behind its parenthesis. Returns the next item.
  const char* open_capture(const char* at, const char* item);
  /// Closes the innermost open capture. Returns its bit.
  std::uint32_t close_capture(const char* at);
  /// Returns the number of consecutive bytes that match a single item.
  [[nodiscard]] std::ptrdiff_t count(const char* at, const char* item, const char* after) const;
  [[nodiscard]] bool matches_one(const char* at, const char* item, const char* after) const;
  const char* end_of_single(const char* item) const;

  // Optimisation: places where the first item fails are skipped. The first attempt is made unless may_skip_all(), so
  // that a malformed pattern raises. Later attempts reach the same item in the same state. `items`: a part of the
  // pattern. `first`: its first item behind leading parentheses.
  [[nodiscard]] const char* behind_parentheses(const char* items) const noexcept;
  /// True if the items before and at `first` cannot raise, so that the first attempt may be skipped, too.
  [[nodiscard]] bool may_skip_all(const char* items, const char* first) const noexcept;
  [[nodiscard]] bool fails_at_once(const char* at, const char* first) const;
  /// Return the first place from `from` on, or the last of `size` places, where `first` may match; null if there is
  /// none.
  const char* next_candidate(const char* from, const char* first);
  const char* last_candidate(const char* from, std::ptrdiff_t size, const char* first);
  /// True if the item is a literal byte without repetition.
  [[nodiscard]] bool is_literal(const char* item) const noexcept;
  const Capture& finished_capture(int index, const char* from, const char* to, Capture& whole) const;

  lua_State* state_;
  Breather breathe_;
  const char *begin_, *end_, *pattern_, *pattern_end_;
  std::ptrdiff_t budget_ = kBreath;
  int depth_left_ = kDeepest;
  int level_ = 0;  ///< number of captures, open and closed
  std::array<Capture, kMaxCaptures> captures_;
};

}  // namespace sluice::lua
