// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lua.hpp>
#include <string_view>

namespace sluice::nse {

/// Creates the metatable of both kinds of streams, `zlib:zstream`. Call this once per Lua state.
void define_zlib_stream(lua_State* state);

// The functions zlib.deflate(sink, ...) and zlib.inflate(source, ...) return a stream (docs/nse-compat.md, "C
// modules"). The first one compresses into a function or an object with :write. The second one decompresses from a
// string, a function or an object with :read.

int zlib_deflate(lua_State* state);
int zlib_inflate(lua_State* state);

// Arguments of the functions of zlib.

/// Returns an optional integer argument, limited to the range of int. Raises if it is no integer.
int optional_int(lua_State* state, int index, int otherwise);
/// Returns a string argument. Raises if it is too long for one call of zlib.
std::string_view check_piece(lua_State* state, int index);

}  // namespace sluice::nse
