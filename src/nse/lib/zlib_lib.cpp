// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/zlib_lib.hpp"

#include <zlib.h>

#include <algorithm>
#include <climits>
#include <new>
#include <stdexcept>

#include "lua/binding.hpp"
#include "nse/lib/zlib_stream.hpp"

namespace sluice::nse {
namespace {

using lua::check_string;
using lua::Home;

Bytef* bytes(std::string_view text) noexcept { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

/// The result of an act step: a status of zlib. The data are in home.scratch.
struct Status {
  int code;
};

/// Resizes the scratch. Returns false if memory is short.
bool reserve(std::string& scratch, std::size_t size) noexcept {
  try {
    scratch.resize(size);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  } catch (const std::length_error&) {
    return false;
  }
}

struct Compress {
  struct Args {
    std::string_view data;
    int level, method, window_bits, memory_level, strategy;
  };
  static Args parse(lua_State* state) {
    return {check_piece(state, 1),
            optional_int(state, 2, Z_DEFAULT_COMPRESSION),
            optional_int(state, 3, Z_DEFLATED),
            optional_int(state, 4, MAX_WBITS),
            optional_int(state, 5, 8),
            optional_int(state, 6, Z_DEFAULT_STRATEGY)};
  }
  static Status act(Home& home, const Args& args) noexcept {
    z_stream z = {};
    int code = deflateInit2(&z, args.level, args.method, args.window_bits, args.memory_level, args.strategy);
    if (code != Z_OK) return {code};
    const uLong most = deflateBound(&z, args.data.size());
    if (most <= UINT_MAX && reserve(home.scratch, most)) {
      z.next_in = bytes(args.data);
      z.avail_in = static_cast<uInt>(args.data.size());
      z.next_out = bytes(home.scratch);
      z.avail_out = static_cast<uInt>(most);
      code = deflate(&z, Z_FINISH);
      home.scratch.resize(z.total_out);  // shrinks
    } else {
      code = Z_MEM_ERROR;
    }
    deflateEnd(&z);
    return {code};
  }
  static int push(lua_State* state, const Args&, const Status& status) {
    if (status.code == Z_STREAM_END)
      lua::push_string(state, lua::home(state).scratch);
    else
      lua_pushnil(state);
    lua_pushnumber(state, status.code);
    return 2;
  }
};

struct Decompress {
  static constexpr lua_Integer kLimit = 10 * 1024 * 1024;
  static constexpr std::size_t kFirst = 16 * 1024;

  struct Args {
    std::string_view data;
    int window_bits;
    std::size_t limit;
  };
  struct Out {
    enum { Done, BadWindow, BadData, NoMemory } kind;
  };
  static Args parse(lua_State* state) {
    const Args args{check_piece(state, 1), optional_int(state, 2, MAX_WBITS),
                    static_cast<std::size_t>(luaL_optinteger(state, 3, kLimit))};
    luaL_argcheck(state, luaL_optinteger(state, 3, kLimit) >= 0, 3, "limit must not be negative");
    return args;
  }
  /// Decompresses up to `limit` bytes of output. Input that ends before the compressed data is an error.
  static Out act(Home& home, const Args& args) noexcept {
    z_stream z = {};
    if (inflateInit2(&z, args.window_bits) != Z_OK) return {Out::BadWindow};
    z.next_in = bytes(args.data);
    z.avail_in = static_cast<uInt>(args.data.size());
    Out out{Out::Done};
    std::size_t size = 0;
    for (int code = Z_OK; code != Z_STREAM_END && (size < args.limit || size == 0);) {
      // With a limit of 0 there is one step, which checks the header.
      const std::size_t room = std::min(args.limit, std::max(kFirst, size * 2));
      if (!reserve(home.scratch, std::max<std::size_t>(room, 1))) {
        out.kind = Out::NoMemory;
        break;
      }
      const auto step = static_cast<uInt>(std::min<std::size_t>(home.scratch.size() - size, UINT_MAX));
      z.next_out = bytes(home.scratch) + size;
      z.avail_out = step;
      code = inflate(&z, Z_NO_FLUSH);
      size += step - z.avail_out;
      if (code != Z_OK && code != Z_STREAM_END) {
        out.kind = Out::BadData;
        break;
      }
      if (args.limit == 0) break;
    }
    inflateEnd(&z);
    home.scratch.resize(std::min(size, args.limit));  // shrinks
    return out;
  }
  static int push(lua_State* state, const Args&, const Out& out) {
    switch (out.kind) {
      case Out::BadWindow:
        return luaL_error(state, "failed to initialize zstream structures");
      case Out::BadData:
        return luaL_error(state, "failed to process zlib stream");
      case Out::NoMemory:
        return luaL_error(state, "not enough memory");
      case Out::Done:
        break;
    }
    lua::push_string(state, lua::home(state).scratch);
    return 1;
  }
};

/// Returns the initial sum if there are no arguments; otherwise updates the sum with a string. The result is a float,
/// as in lzlib.
template <uLong (*Sum)(uLong, const Bytef*, z_size_t)>
int checksum(lua_State* state) {
  uLong sum = Sum(0, nullptr, 0);
  if (lua_gettop(state) > 0) {
    sum = static_cast<uLong>(luaL_checkinteger(state, 1)) & 0xffffffff;
    const std::string_view text = check_string(state, 2);
    sum = Sum(sum, bytes(text), text.size());
  }
  lua_pushnumber(state, static_cast<lua_Number>(sum));
  return 1;
}

int version(lua_State* state) {
  lua_pushstring(state, zlibVersion());
  return 1;
}

constexpr luaL_Reg kZlibFunctions[] = {{"version", version},
                                       {"adler32", checksum<adler32_z>},
                                       {"crc32", checksum<crc32_z>},
                                       {"compress", lua::call<Compress>},
                                       {"decompress", lua::call<Decompress>},
                                       {"deflate", zlib_deflate},
                                       {"inflate", zlib_inflate},
                                       {nullptr, nullptr}};

struct Constant {
  const char* name;
  int value;
};
constexpr Constant kConstants[] = {{"NO_COMPRESSION", Z_NO_COMPRESSION},
                                   {"BEST_SPEED", Z_BEST_SPEED},
                                   {"BEST_COMPRESSION", Z_BEST_COMPRESSION},
                                   {"DEFAULT_COMPRESSION", Z_DEFAULT_COMPRESSION},
                                   {"FILTERED", Z_FILTERED},
                                   {"HUFFMAN_ONLY", Z_HUFFMAN_ONLY},
                                   {"RLE", Z_RLE},
                                   {"FIXED", Z_FIXED},
                                   {"DEFAULT_STRATEGY", Z_DEFAULT_STRATEGY},
                                   {"MINIMUM_MEMLEVEL", 1},
                                   {"MAXIMUM_MEMLEVEL", 9},
                                   {"DEFAULT_MEMLEVEL", 8},
                                   {"DEFAULT_WINDOWBITS", MAX_WBITS},
                                   {"MINIMUM_WINDOWBITS", 8},
                                   {"MAXIMUM_WINDOWBITS", MAX_WBITS},
                                   {"GZIP_WINDOWBITS", 16},
                                   {"RAW_WINDOWBITS", -1}};

}  // namespace

int open_zlib(lua_State* state) {
  define_zlib_stream(state);
  luaL_newlib(state, kZlibFunctions);
  for (const Constant& constant : kConstants) lua::set_integer(state, constant.name, constant.value);
  lua::set_field(state, "_VERSION", "lzlib 0.4");
  lua::set_field(state, "_DESCRIPTION", "zlib for Lua, with the interface of lzlib");
  lua::set_field(state, "_COPYRIGHT", "The sluice authors");
  return 1;
}

}  // namespace sluice::nse
