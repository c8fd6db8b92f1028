// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <lua.hpp>
#include <optional>
#include <string_view>

namespace sluice::nse {

/// Replaces string.find, match, gmatch and gsub by functions that stop when the script thread is killed, because the
/// data of a server determine how long a match takes. Also replaces string.rep. Pushes nothing.
int open_string(lua_State* state);

/// A match: offsets of its first byte, and of the byte after its last one.
struct Found {
  std::size_t from, to;
};
/// Searches for the first match of a pattern at or after the offset `start`, like string.find without captures. Returns
/// nothing if there is none. Raises if the pattern is malformed, or if the script thread is killed.
/// REQUIRES: a zero byte follows `subject`.
std::optional<Found> find_pattern(lua_State* state, std::string_view subject, std::string_view pattern,
                                  std::size_t start);
/// True if the value at `index` is the string.find of open_string().
bool is_string_find(lua_State* state, int index) noexcept;

}  // namespace sluice::nse
