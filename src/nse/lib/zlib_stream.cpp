// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/zlib_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <climits>

#include "lua/binding.hpp"
#include "lua/userdata.hpp"
#include "nse/runtime/interrupt.hpp"

// A stream calls its sink or source only between two steps of zlib. The sink or source may raise, close the stream, or
// use it, so the state of the stream is read anew after each call.

namespace sluice::nse {
namespace {

using lua::check_string;

enum class Kind { Closed, Deflate, Inflate };

struct Stream {
  static constexpr const char* kTypeName = "zlib:zstream";

  Stream() = default;
  ~Stream() { close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void close() noexcept {
    if (kind == Kind::Deflate) deflateEnd(&z);
    if (kind == Kind::Inflate) inflateEnd(&z);
    kind = Kind::Closed;
    charge.clear();
  }

  Kind kind = Kind::Closed;
  z_stream z = {};
  lua::Charge charge;  ///< memory that zlib allocates for the stream
  // For inflate streams only: `out[begin, end)` was decompressed and not read yet.
  bool ended = false;         ///< the source or the compressed data have ended
  bool more = false;          ///< the last step has filled `out`, so zlib may have more output without further input
  bool skip_newline = false;  ///< the last line ended in \r; a \n that follows belongs to it
  std::size_t begin = 0, end = 0;
  char out[8192];
};
using StreamData = lua::Userdata<Stream>;

/// Indices of the user value of a stream, which is an array.
enum Slot : lua_Integer {
  kPeer = 1,    ///< the sink or source
  kInput,       ///< the string that z.next_in points into, if z.avail_in is not 0
  kDictionary,  ///< the dictionary, or nil
};

Stream& check_stream(lua_State* state, bool usable) {
  luaL_argcheck(state, usable, 1, "attempt to use invalid zlib stream");
  return *StreamData::test(state, 1);
}
Stream& check_deflate(lua_State* state) {
  return check_stream(state, StreamData::check(state, 1).kind == Kind::Deflate);
}
Stream& check_inflate(lua_State* state) {
  return check_stream(state, StreamData::check(state, 1).kind == Kind::Inflate);
}

/// Pushes a field of the user value of the stream at index 1.
int push_slot(lua_State* state, Slot slot) {
  lua_getiuservalue(state, 1, 1);
  const int type = lua_rawgeti(state, -1, slot);
  lua_remove(state, -2);
  return type;
}

/// Pops a value and stores it in a field of the user value of the stream at index 1.
void set_slot(lua_State* state, Slot slot) {
  lua_getiuservalue(state, 1, 1);
  lua_insert(state, -2);
  lua_rawseti(state, -2, slot);
  lua_pop(state, 1);
}

/// True if the object at `index` has the method.
bool has_method(lua_State* state, int index, const char* name) {
  const bool found = lua_getfield(state, index, name) == LUA_TFUNCTION;
  lua_pop(state, 1);
  return found;
}

/// Pushes the sink or source for a call: a function; or the method of an object, and the object. Returns the number of
/// arguments that were pushed.
int push_peer(lua_State* state, const char* method) {
  if (push_slot(state, kPeer) == LUA_TFUNCTION) return 0;
  lua_getfield(state, -1, method);
  lua_insert(state, -2);
  return 1;
}

/// Inserts a new, closed stream at index 1. `peer` and `dictionary`: the indices, before the insertion, of its sink or
/// source and of its dictionary.
Stream& make_stream(lua_State* state, int peer, int dictionary) {
  lua_settop(state, std::max(peer, dictionary));
  Stream& stream = StreamData::push(state);
  lua_insert(state, 1);
  lua_createtable(state, 3, 0);
  lua_setiuservalue(state, 1, 1);
  lua_pushvalue(state, peer + 1);
  set_slot(state, kPeer);
  lua_pushvalue(state, dictionary + 1);
  set_slot(state, kDictionary);
  return stream;
}

const Bytef* zbytes(std::string_view text) noexcept { return reinterpret_cast<const Bytef*>(text.data()); }
uInt zsize(std::string_view text) noexcept { return static_cast<uInt>(text.size()); }

// ---- Deflate.

/// Compresses `input` and passes the output to the sink. Returns a code of zlib. After Z_STREAM_END the stream is
/// closed.
int pump(lua_State* state, Stream& stream, std::string_view input, int flush) {
  const Bytef* next = zbytes(input);
  uInt left = zsize(input);
  Bytef chunk[8192];
  for (;;) {
    stop_if_condemned(state);
    stream.z.next_in = const_cast<Bytef*>(next);  // set at each step, because the sink may have used the stream
    stream.z.avail_in = left;
    stream.z.next_out = chunk;
    stream.z.avail_out = sizeof chunk;
    const int code = deflate(&stream.z, flush);
    next = stream.z.next_in;
    left = stream.z.avail_in;
    const bool full = stream.z.avail_out == 0;
    const std::size_t size = sizeof chunk - stream.z.avail_out;
    if (code == Z_STREAM_END) stream.close();
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return code;
    if (size > 0) {
      const int arguments = push_peer(state, "write");
      lua_pushlstring(state, reinterpret_cast<const char*>(chunk), size);
      lua_call(state, arguments + 1, 0);
    }
    if (code == Z_STREAM_END) return code;
    if (stream.kind == Kind::Closed) return Z_OK;
    if (!full) return Z_OK;
  }
}

int push_pumped(lua_State* state, int code) {
  if (code >= 0) {
    lua_pushboolean(state, true);
    return 1;
  }
  lua_pushboolean(state, false);
  lua_pushstring(state, zError(code));
  return 2;
}

int stream_write(lua_State* state) {
  Stream* stream = &check_deflate(state);
  const int top = lua_gettop(state);
  for (int index = 2; index <= top; ++index) {
    const std::string_view piece = check_piece(state, index);
    if (index > 2) stream = &check_deflate(state);
    if (const int code = pump(state, *stream, piece, Z_NO_FLUSH); code < 0) return push_pumped(state, code);
  }
  return push_pumped(state, Z_OK);
}

int stream_flush(lua_State* state) {
  constexpr const char* kNames[] = {"sync", "full", "finish", nullptr};
  constexpr int kModes[] = {Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH};
  Stream& stream = check_deflate(state);
  const int mode = kModes[luaL_checkoption(state, 2, "sync", kNames)];
  return push_pumped(state, pump(state, stream, {}, mode));
}

/// Finishes a deflate stream and closes it. No effect on a closed stream.
int stream_close(lua_State* state) {
  Stream& stream = StreamData::check(state, 1);
  int code = Z_OK;
  if (stream.kind == Kind::Deflate) code = pump(state, stream, {}, Z_FINISH);
  stream.close();
  return push_pumped(state, code);
}

int stream_adler(lua_State* state) {
  const Stream& stream = check_stream(state, StreamData::check(state, 1).kind != Kind::Closed);
  lua_pushnumber(state, static_cast<lua_Number>(stream.z.adler));
  return 1;
}

// ---- Inflate.

/// Sets the input to the next string of the source. Returns false if the source has ended. If `peeks`, calls :peek of
/// the source; the caller calls :read afterwards with the number of bytes that were used.
bool feed(lua_State* state, Stream& stream, bool peeks) {
  if (push_slot(state, kPeer) == LUA_TSTRING) {
    lua_pushboolean(state, false);  // a string is used once
    set_slot(state, kPeer);
  } else if (lua_isboolean(state, -1)) {
    lua_pop(state, 1);
    return false;
  } else {
    lua_pop(state, 1);
    const int arguments = push_peer(state, peeks ? "peek" : "read");
    lua_pushinteger(state, sizeof stream.out);
    lua_call(state, arguments + 1, 1);
  }
  luaL_argcheck(state, stream.kind == Kind::Inflate, 1, "attempt to use invalid zlib stream");
  if (lua_isnil(state, -1)) {
    lua_pop(state, 1);
    return false;
  }
  std::size_t size = 0;
  const char* data = lua_tolstring(state, -1, &size);
  if (!data) luaL_error(state, "source must return a string or nil, not a %s", luaL_typename(state, -1));
  if (size > UINT_MAX) luaL_error(state, "source returned a string too long");
  set_slot(state, kInput);
  stream.z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data));
  stream.z.avail_in = static_cast<uInt>(size);
  return size > 0;
}

void set_dictionary(lua_State* state, Stream& stream) {
  if (push_slot(state, kDictionary) != LUA_TSTRING) luaL_error(state, "no inflate dictionary provided");
  const std::string_view dictionary = check_string(state, -1);
  if (inflateSetDictionary(&stream.z, zbytes(dictionary), zsize(dictionary)) != Z_OK)
    luaL_error(state, "call to inflateSetDictionary failed");
  lua_pop(state, 1);
}

/// Decompresses until `out` is not empty. Returns false at the end of the data, also if they end early. Raises and
/// closes the stream if the data are malformed.
bool fill(lua_State* state, Stream& stream) {
  for (;;) {
    stop_if_condemned(state);
    if (stream.begin < stream.end) {
      if (!stream.skip_newline) return true;
      stream.skip_newline = false;
      if (stream.out[stream.begin] == '\n') ++stream.begin;
      continue;
    }
    if (stream.ended) return false;
    push_slot(state, kPeer);
    const bool peeks = (lua_istable(state, -1) || lua_isuserdata(state, -1)) && has_method(state, -1, "peek");
    lua_pop(state, 1);
    const bool hungry = stream.z.avail_in == 0 && !stream.more;
    if (hungry && !feed(state, stream, peeks)) {
      stream.ended = true;
      return false;
    }
    const uInt before = stream.z.avail_in;
    stream.z.next_out = reinterpret_cast<Bytef*>(stream.out);
    stream.z.avail_out = sizeof stream.out;
    int code = inflate(&stream.z, Z_SYNC_FLUSH);
    stream.begin = 0;
    stream.end = sizeof stream.out - stream.z.avail_out;
    stream.more = stream.z.avail_out == 0;
    const uInt used = before - stream.z.avail_in;
    if (code == Z_BUF_ERROR && stream.z.avail_in == 0) code = Z_OK;
    if (code == Z_STREAM_END) stream.ended = true;
    if (code == Z_NEED_DICT) {
      set_dictionary(state, stream);
    } else if (code != Z_OK && code != Z_STREAM_END) {
      stream.close();
      luaL_error(state, "failed to decompress [%d]", code);
    }
    if (peeks && before > 0) {
      stream.z.avail_in = 0;  // the source returns unused bytes again
      const int arguments = push_peer(state, "read");
      lua_pushinteger(state, used);
      lua_call(state, arguments + 1, 0);
      luaL_argcheck(state, stream.kind == Kind::Inflate, 1, "attempt to use invalid zlib stream");
      if (used == 0 && stream.end == 0 && code == Z_OK) stream.ended = true;  // too few bytes to make progress
    }
  }
}

/// Pushes a string of at most `most` bytes. Returns false if it is empty, because the data have ended.
bool read_bytes(lua_State* state, Stream& stream, std::size_t most) {
  luaL_Buffer text;
  luaL_buffinit(state, &text);
  std::size_t total = 0;
  while (total < most && fill(state, stream)) {
    const std::size_t size = std::min(most - total, stream.end - stream.begin);
    luaL_addlstring(&text, stream.out + stream.begin, size);
    stream.begin += size;
    total += size;
  }
  luaL_pushresult(&text);
  return total > 0;
}

/// Pushes a line without its end. Returns false if there is none, because the data have ended.
bool read_line(lua_State* state, Stream& stream) {
  luaL_Buffer text;
  luaL_buffinit(state, &text);
  bool any = false, complete = false;
  while (!complete && fill(state, stream)) {
    any = true;
    const char* first = stream.out + stream.begin;
    const char* last = stream.out + stream.end;
    const char* mark = std::find_if(first, last, [](char byte) { return byte == '\n' || byte == '\r'; });
    luaL_addlstring(&text, first, static_cast<std::size_t>(mark - first));
    complete = mark != last;
    stream.skip_newline = complete && *mark == '\r';
    stream.begin += static_cast<std::size_t>(mark - first) + (complete ? 1 : 0);
  }
  luaL_pushresult(&text);
  return any;
}

/// Pushes the string that a format reads. Returns false if the data have ended.
bool read_format(lua_State* state, Stream& stream, int index) {
  if (lua_type(state, index) == LUA_TNUMBER) {
    const lua_Integer size = luaL_checkinteger(state, index);
    luaL_argcheck(state, size >= 0, index, "invalid size");
    if (size > 0) return read_bytes(state, stream, static_cast<std::size_t>(size));
    lua_pushliteral(state, "");
    return fill(state, stream);
  }
  const char* format = lua_tostring(state, index);
  luaL_argcheck(state, format && format[0] == '*', index, "invalid option");
  if (format[1] == 'l') return read_line(state, stream);
  luaL_argcheck(state, format[1] == 'a', index, "invalid format");
  read_bytes(state, stream, SIZE_MAX);
  return true;
}

int stream_read(lua_State* state) {
  Stream& stream = check_inflate(state);
  if (lua_gettop(state) == 1) lua_pushliteral(state, "*l");
  const int top = lua_gettop(state);
  luaL_checkstack(state, top + LUA_MINSTACK, "too many arguments");
  for (int index = 2; index <= top; ++index) {
    if (read_format(state, stream, index)) continue;
    lua_pop(state, 1);
    lua_pushnil(state);
    break;
  }
  return lua_gettop(state) - top;
}

int next_line(lua_State* state) {
  lua_settop(state, 0);
  lua_pushvalue(state, lua_upvalueindex(1));
  return read_line(state, check_inflate(state)) ? 1 : 0;
}

int stream_lines(lua_State* state) {
  check_inflate(state);
  lua_settop(state, 1);
  lua_pushcclosure(state, next_line, 1);
  return 1;
}

int stream_tostring(lua_State* state) {
  const Stream& stream = StreamData::check(state, 1);
  if (stream.kind == Kind::Closed)
    lua_pushliteral(state, "zlib stream (closed)");
  else
    lua_pushfstring(state, "zlib %s stream (%p)", stream.kind == Kind::Deflate ? "deflate" : "inflate", &stream);
  return 1;
}

constexpr luaL_Reg kStreamMethods[] = {{"write", stream_write}, {"flush", stream_flush}, {"close", stream_close},
                                       {"adler", stream_adler}, {"read", stream_read},   {"lines", stream_lines},
                                       {nullptr, nullptr}};

}  // namespace

int optional_int(lua_State* state, int index, int otherwise) {
  return static_cast<int>(std::clamp<lua_Integer>(luaL_optinteger(state, index, otherwise), INT_MIN, INT_MAX));
}

std::string_view check_piece(lua_State* state, int index) {
  const std::string_view text = check_string(state, index);
  luaL_argcheck(state, text.size() <= UINT_MAX, index, "string too long");
  return text;
}

void define_zlib_stream(lua_State* state) {
  StreamData::define(state, kStreamMethods);
  lua_pushcfunction(state, stream_tostring);
  lua_setfield(state, -2, "__tostring");
  lua_pop(state, 1);
}

int zlib_deflate(lua_State* state) {
  const int type = lua_type(state, 1);
  luaL_argcheck(state, type == LUA_TFUNCTION || type == LUA_TTABLE || type == LUA_TUSERDATA, 1,
                "output parameter must be a function, table or userdata value");
  luaL_argcheck(state, type == LUA_TFUNCTION || has_method(state, 1, "write"), 1,
                "output parameter does not provide :write function");
  const int level = optional_int(state, 2, Z_DEFAULT_COMPRESSION), method = optional_int(state, 3, Z_DEFLATED),
            window_bits = optional_int(state, 4, MAX_WBITS), memory_level = optional_int(state, 5, 8),
            strategy = optional_int(state, 6, Z_DEFAULT_STRATEGY);
  const bool has_dictionary = !lua_isnoneornil(state, 7);
  const std::string_view dictionary = has_dictionary ? check_piece(state, 7) : std::string_view();
  Stream& stream = make_stream(state, 1, 7);
  if (deflateInit2(&stream.z, level, method, window_bits, memory_level, strategy) != Z_OK)
    return luaL_error(state, "call to deflateInit2 failed");
  stream.kind = Kind::Deflate;
  stream.charge.set(lua::home(state), 256 << 10);  // zlib's documentation, for the default window and memory level
  if (has_dictionary && deflateSetDictionary(&stream.z, zbytes(dictionary), zsize(dictionary)) != Z_OK)
    return luaL_error(state, "call to deflateSetDictionary failed");
  lua_settop(state, 1);
  return 1;
}

int zlib_inflate(lua_State* state) {
  if (lua_type(state, 1) == LUA_TNUMBER) lua_tolstring(state, 1, nullptr);  // converts it to a string
  const int type = lua_type(state, 1);
  luaL_argcheck(state, type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE || type == LUA_TUSERDATA, 1,
                "input parameter must be a string, function, table or userdata value");
  if (type == LUA_TTABLE || type == LUA_TUSERDATA)
    luaL_argcheck(state, has_method(state, 1, "read"), 1, "input parameter does not provide :read function");
  int window_bits = optional_int(state, 2, MAX_WBITS);
  if (window_bits > 0 && window_bits <= MAX_WBITS) window_bits += 32;  // detects headers of zlib and gzip
  const bool has_dictionary = !lua_isnoneornil(state, 3);
  if (has_dictionary) check_piece(state, 3);
  Stream& stream = make_stream(state, 1, 3);
  if (inflateInit2(&stream.z, window_bits) != Z_OK) return luaL_error(state, "call to inflateInit2 failed");
  stream.kind = Kind::Inflate;
  stream.charge.set(lua::home(state), 40 << 10);
  if (has_dictionary && window_bits < 0) set_dictionary(state, stream);  // raw data do not request it
  lua_settop(state, 1);
  return 1;
}

}  // namespace sluice::nse
