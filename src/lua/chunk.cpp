// SPDX-License-Identifier: Apache-2.0
#include "lua/chunk.hpp"

#include <array>

namespace sluice::lua {
namespace {

/// The parts of a chunk, which read_piece passes to lua_load.
struct Pieces {
  std::array<std::string_view, 3> parts;
  std::size_t next = 0;
};

const char* read_piece(lua_State*, void* context, std::size_t* size) {
  auto& pieces = *static_cast<Pieces*>(context);
  while (pieces.next < pieces.parts.size()) {
    const std::string_view part = pieces.parts[pieces.next++];
    if (part.empty()) continue;
    *size = part.size();
    return part.data();
  }
  *size = 0;
  return nullptr;
}

}  // namespace

int load_chunk(lua_State* state, std::string_view source, const std::string& path) {
  if (source.starts_with('#')) {
    const std::size_t end = source.find('\n');
    source.remove_prefix(end == std::string_view::npos ? source.size() : end);  // keeps the newline, for line numbers
  }
  // The last part begins with a newline, because the last line of the source may be a comment.
  Pieces pieces{{"return function (_ENV, ...) ", source, "\nend"}};
  const std::string name = "@" + path;
  if (const int status = lua_load(state, read_piece, &pieces, name.c_str(), "t"); status != LUA_OK) return status;
  return lua_pcall(state, 0, 1, 0);  // returns the function
}

}  // namespace sluice::lua
