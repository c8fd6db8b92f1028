#pragma once

#include <cstddef>
#include <lua.hpp>
#include <optional>
#include <string_view>

namespace sluice::nse {

/// Replaces string.find, match, gmatch and gsub by ones that can be stopped when a script has used up its burst: what a
/// server sends decides how long a pattern takes. Leaves nothing.
int open_string(lua_State* state);

/// Offsets of the first and behind the last byte of a match.
struct Found {
  std::size_t from, to;
};
/// Does what string.find does for a pattern, without results for captures, from the offset `start` on. `subject` ends
/// in a zero byte. May raise: `pattern` is malformed, or the script is being ended.
std::optional<Found> find_pattern(lua_State* state, std::string_view subject, std::string_view pattern,
                                  std::size_t start);
/// Returns true if the value at `index` is string.find as open_string sets it.
bool is_string_find(lua_State* state, int index) noexcept;

}  // namespace sluice::nse
