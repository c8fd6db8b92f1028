// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::lua {

/// Why Lua refuses a source.
struct SyntaxError {
  std::size_t line = 1;
  std::string text;
};

/// Compiles the source of a script and runs nothing of it. Accepts text only, and skips a first line that begins with
/// '#', like load_chunk(). Returns why Lua refuses the source; nothing if it does not. Thread-safe.
std::optional<SyntaxError> find_syntax_error(std::string_view source);

}  // namespace sluice::lua
