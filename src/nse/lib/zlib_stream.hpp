#pragma once

#include <lua.hpp>

namespace sluice::nse {

/// Makes the metatable that both kinds of streams share, `zlib:zstream`; once per state.
void define_zlib_stream(lua_State* state);

/// `zlib.deflate(sink, ...)` and `zlib.inflate(source, ...)`: a stream that compresses into a function or an object
/// with :write, or decompresses from a string, a function or an object with :read. (spec cmodules.md, 3)
int zlib_deflate(lua_State* state);
int zlib_inflate(lua_State* state);

}  // namespace sluice::nse
