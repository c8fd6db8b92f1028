#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Creates the metatable of both kinds of streams, `zlib:zstream`. Call this once per Lua state.
void define_zlib_stream(lua_State* state);

// The functions zlib.deflate(sink, ...) and zlib.inflate(source, ...) return a stream (docs/nse-compat.md, "C
// modules"). The first one compresses into a function or an object with :write. The second one decompresses from a
// string, a function or an object with :read.

int zlib_deflate(lua_State* state);
int zlib_inflate(lua_State* state);

}  // namespace sluice::nse
