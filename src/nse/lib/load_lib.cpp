// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/load_lib.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "lua/binding.hpp"
#include "nse/runtime/interrupt.hpp"

namespace sluice::nse {
namespace {

/// Bytes per piece of a chunk. The compiler receives a chunk in pieces, so that it can be stopped between two of them.
/// In the worst known case, a chain of a million `or`, it needs up to 0.2 s for one piece.
constexpr std::size_t kPiece = 256;
constexpr int kTextOfReader = 5;  ///< stack index of the last string of the reader function, which must stay alive

/// The source of a chunk: a text, a reader function, or a file.
struct Source {
  std::string_view text{};  ///< text that was read and not compiled yet
  const char* mode = "bt";
  bool calls_reader = false;  ///< the source is the reader function at index 1
  int descriptor = -1;        ///< the source is this file, unless it is negative
  int error = 0;              ///< errno of reading the file
  bool started = false, skips_line = false;
  char buffer[4096] = {};

  /// Reads the next part of the file. Skips a byte order mark, and a first line that begins with '#', up to its
  /// newline.
  void read() noexcept {
    while (text.empty()) {
      const ssize_t size = ::read(descriptor, buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) error = errno;
      if (size <= 0) return;
      text = {buffer, static_cast<std::size_t>(size)};
      if (!started && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
      skips_line = skips_line || (!started && text.starts_with('#'));
      started = true;
      if (!skips_line) continue;
      const std::size_t end = text.find('\n');
      skips_line = end == std::string_view::npos;
      text.remove_prefix(skips_line ? text.size() : end);
    }
  }
};

/// Calls the reader function and sets `source.text` to its result.
void call_reader(lua_State* state, Source& source) {
  luaL_checkstack(state, 2, "too many nested functions");
  lua_pushvalue(state, 1);
  lua_call(state, 0, 1);
  if (lua_isnil(state, -1)) {
    lua_pop(state, 1);
    return;
  }
  if (!lua_isstring(state, -1)) luaL_error(state, "reader function must return a string");
  lua_replace(state, kTextOfReader);
  source.text = lua::check_string(state, kTextOfReader);
}

const char* next_piece(lua_State* state, void* context, std::size_t* size) {
  auto& source = *static_cast<Source*>(context);
  stop_if_condemned(state);
  const bool is_first = !source.started;
  if (source.descriptor >= 0 && source.text.empty()) source.read();
  if (source.calls_reader && source.text.empty()) call_reader(state, source);
  source.started = true;
  const std::string_view piece = source.text.substr(0, kPiece);
  source.text.remove_prefix(piece.size());
  *size = piece.size();
  if (is_first && piece.starts_with(LUA_SIGNATURE[0]) && std::strchr(source.mode, 'b') &&
      !lua::owner<Runtime>(state).options.unsafe_lua) {
    lua_pushliteral(state, "binary chunks are refused, because they can crash the process (--unsafe-lua allows them)");
    lua_error(state);
  }
  return piece.data();
}

/// Pushes the function or the error message, and returns a Lua status.
int compile(lua_State* state, Source& source, const char* name) {
  const int status = lua_load(state, next_piece, &source, name, source.mode);
  if (source.descriptor >= 0) ::close(source.descriptor);
  stop_if_condemned(state);  // lua_load has caught the error of the stop_if_condemned() in next_piece
  return status;
}

int push_file_error(lua_State* state, const char* what, const char* path, const char* reason) {
  lua_pushfstring(state, "cannot %s %s: %s", what, path, reason);
  return LUA_ERRFILE;
}

/// Returns the results of load and loadfile. The function or the message is on top of the stack. `environment`: the
/// index of the environment; 0: none.
int finish_load(lua_State* state, int status, int environment) {
  if (status != LUA_OK) {
    luaL_pushfail(state);
    lua_insert(state, -2);
    return 2;
  }
  if (environment != 0) {
    lua_pushvalue(state, environment);
    if (!lua_setupvalue(state, -2, 1)) lua_pop(state, 1);
  }
  return 1;
}

int load(lua_State* state) {
  Source source;
  source.mode = luaL_optstring(state, 3, "bt");
  const int environment = lua_isnone(state, 4) ? 0 : 4;
  const char* text = lua_tostring(state, 1);
  const char* name = luaL_optstring(state, 2, text ? text : "=(load)");
  if (text) {
    source.text = lua::check_string(state, 1);
  } else {
    luaL_checktype(state, 1, LUA_TFUNCTION);
    lua_settop(state, kTextOfReader);
    source.calls_reader = true;
  }
  return finish_load(state, compile(state, source, name), environment);
}

int loadfile(lua_State* state) {
  const char* path = luaL_optstring(state, 1, nullptr);
  const char* mode = luaL_optstring(state, 2, nullptr);
  const int environment = lua_isnone(state, 3) ? 0 : 3;
  return finish_load(state, load_file(state, path, mode), environment);
}

int finish_dofile(lua_State* state, int, lua_KContext) { return lua_gettop(state) - 1; }

int dofile(lua_State* state) {
  const char* path = luaL_optstring(state, 1, nullptr);
  lua_settop(state, 1);
  if (load_file(state, path, nullptr) != LUA_OK) return lua_error(state);
  lua_callk(state, 0, LUA_MULTRET, 0, finish_dofile);
  return finish_dofile(state, 0, 0);
}

}  // namespace

int load_file(lua_State* state, const char* path, const char* mode) {
  Source source;
  if (mode) source.mode = mode;
  if (!path) return compile(state, source, "=stdin");
  lua_pushfstring(state, "@%s", path);
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  source.descriptor = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status {};
  int result = LUA_OK;
  if (source.descriptor < 0) {
    result = push_file_error(state, "open", path, std::strerror(errno));
  } else if (::fstat(source.descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(source.descriptor);
    result = push_file_error(state, "read", path, "not a regular file");
  } else {
    result = compile(state, source, lua_tostring(state, -1));
    if (source.error != 0) {
      lua_pop(state, 1);
      result = push_file_error(state, "read", path, std::strerror(source.error));
    }
  }
  lua_remove(state, -2);
  return result;
}

void open_load(lua_State* state) {
  constexpr luaL_Reg kFunctions[] = {{"load", load}, {"loadfile", loadfile}, {"dofile", dofile}, {nullptr, nullptr}};
  lua_pushglobaltable(state);
  luaL_setfuncs(state, kFunctions, 0);
  lua_pop(state, 1);
}

}  // namespace sluice::nse
