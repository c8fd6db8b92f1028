#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <lua.hpp>
#include <optional>
#include <string_view>

namespace sluice::lua {

/// How many bytes from its place on an attempt to match `pattern` looks at, at most. Nothing if there is no bound, or
/// if the attempt also depends on the bytes before its place or on the end of the subject. The pattern is without
/// anchor.
std::optional<std::size_t> furthest_look(std::string_view pattern) noexcept;

/// One attempt after the other to match a pattern of Lua's (manual of Lua 5.4, 6.4.1) at places of a subject. Answers
/// and errors are those of the string library of Lua 5.4 (lstrlib.c, MIT licence, Copyright (C) 1994-2022 Lua.org,
/// PUC-Rio), which, other than this, cannot be broken off: some patterns take a time that grows with the square or a
/// higher power of the subject.
///
/// Raises what is wrong with the pattern, so it owns nothing. Subject and pattern end in a zero byte, as Lua's strings
/// do, and outlive it.
class PatternMatch {
 public:
  /// Called now and then; may raise or yield.
  using Breather = void (*)(lua_State*);

  /// `pattern` without the anchor "^", which is the caller's.
  PatternMatch(lua_State* state, std::string_view subject, std::string_view pattern, Breather breathe) noexcept
      : state_(state),
        breathe_(breathe),
        begin_(subject.data()),
        end_(begin_ + subject.size()),
        pattern_(pattern.data()),
        pattern_end_(pattern_ + pattern.size()) {}
  /// The same in another coroutine.
  void go_on_in(lua_State* state) noexcept { state_ = state; }

  /// Where the match that begins at `place` ends; null if none does.
  const char* at(const char* place);
  /// Where the first match that begins at `from` or later ends, and in `from` where it begins; null if there is none.
  /// One that ends at `not_to` does not count.
  const char* search(const char*& from, const char* not_to = nullptr);

  // Of the last match, from `from` to `to`.

  /// Pushes all captures; the whole match, if there are none and `from` is given. Returns how many.
  int push_captures(const char* from, const char* to);
  /// Appends the capture of that index from 0, or pushes it. Capture 0 of a pattern without captures is the whole
  /// match.
  void add_capture(luaL_Buffer& buffer, int index, const char* from, const char* to);
  void push_capture(int index, const char* from, const char* to);

  [[nodiscard]] const char* end() const noexcept { return end_; }

 private:
  static constexpr std::ptrdiff_t kUnfinished = -1, kPosition = -2;
  static constexpr int kMaxCaptures = 32;
  static constexpr int kDeepest = 200;                ///< calls of descend() under way
  static constexpr std::ptrdiff_t kBreath = 1 << 16;  ///< bytes looked at between two calls of the breather, about
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
  /// Raises where lstrlib.c would have called its matcher in itself too often.
  void descend();
  /// Matches items up to the end of the pattern; if they do not match, captures are as they were.
  const char* match(const char* at, const char* item);
  /// The same, but leaves captures changed; `closed` collects which captures it has closed, a bit each.
  const char* match_items(const char* at, const char* item, std::uint32_t& closed);
  const char* match_most(const char* at, const char* item, const char* after);
  const char* match_fewest(const char* at, const char* item, const char* after);
  const char* match_balance(const char* at, const char* ends);
  const char* match_frontier(const char* at, const char* set, const char** after);
  const char* match_again(const char* at, int digit);
  /// `item` behind the parenthesis; returns the next.
  const char* open_capture(const char* at, const char* item);
  /// Returns the bit of the one that it closes.
  std::uint32_t close_capture(const char* at);
  /// How many bytes in a row match a single item.
  [[nodiscard]] std::ptrdiff_t count(const char* at, const char* item, const char* after) const;
  [[nodiscard]] bool matches_one(const char* at, const char* item, const char* after) const;
  const char* end_of_single(const char* item) const;

  // The first attempt is made, so that it raises what is wrong; later ones reach the same item in the same state, and
  // those that must fail there are passed over. `first` is that item, behind the parentheses with which `items`, a part
  // of the pattern, begins.
  [[nodiscard]] const char* behind_parentheses(const char* items) const noexcept;
  /// Whether nothing can be wrong, so that the first attempt need not be made either.
  [[nodiscard]] bool may_skip_all(const char* items, const char* first) const noexcept;
  [[nodiscard]] bool fails_at_once(const char* at, const char* first) const;
  /// The first place from `from` on where that is not so, the last among `size` places; null if there is none.
  const char* next_candidate(const char* from, const char* first);
  const char* last_candidate(const char* from, std::ptrdiff_t size, const char* first);
  /// Whether the item is a byte that stands for itself, once.
  [[nodiscard]] bool is_literal(const char* item) const noexcept;
  const Capture& finished_capture(int index, const char* from, const char* to, Capture& whole) const;

  lua_State* state_;
  Breather breathe_;
  const char *begin_, *end_, *pattern_, *pattern_end_;
  std::ptrdiff_t budget_ = kBreath;
  int depth_left_ = kDeepest;
  int level_ = 0;  ///< captures, open and closed
  std::array<Capture, kMaxCaptures> captures_;
};

}  // namespace sluice::lua
