// SPDX-License-Identifier: Apache-2.0
#include "lua/syntax.hpp"

#include <algorithm>
#include <lua.hpp>
#include <string>

#include "base/text.hpp"
#include "lua/state.hpp"

namespace sluice::lua {

std::optional<SyntaxError> find_syntax_error(std::string_view source) {
  if (source.starts_with('#')) source.remove_prefix(std::min(source.find('\n'), source.size()));
  const State state;
  // A message begins with the name of the chunk and the line. Lua shortens long names, so that of the file is not used.
  constexpr std::string_view kName = "script:";
  if (luaL_loadbufferx(state, source.data(), source.size(), "=script", "t") == LUA_OK) return std::nullopt;
  const std::string message = describe(state, -1);
  std::string_view rest = message;
  SyntaxError error;
  if (rest.starts_with(kName)) {
    rest.remove_prefix(kName.size());
    error.line = parse_number<std::size_t>(take_until(rest, ':')).value_or(1);
  }
  error.text = trim(rest);
  // The error of a jump is found at the end of its block. The message has the line of the jump.
  constexpr std::string_view kAtLine = " at line ";
  const bool jump = error.text.starts_with("break outside") || error.text.starts_with("no visible label");
  if (const std::size_t at = error.text.find(kAtLine); jump && at != std::string::npos) {
    std::string_view digits = std::string_view(error.text).substr(at + kAtLine.size());
    digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    error.line = parse_number<std::size_t>(digits).value_or(error.line);
  }
  return error;
}

}  // namespace sluice::lua
