// receive_buf (docs/nse-compat.md, docs/differences.md).

#include <algorithm>
#include <cstring>

#include "lua/pattern.hpp"
#include "lua/userdata.hpp"
#include "nse/lib/socket_lib.hpp"
#include "nse/lib/string_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

namespace {

/// A delimiter function sees so many of the unread bytes first, and twice as many each time it does not find its
/// delimiter. Each call needs a string of them, so that a function that takes a few bytes from many must not see all.
constexpr std::size_t kFirstShown = 8192;
constexpr std::size_t kKept = 1u << 20;  ///< a larger block is given back when it is empty

/// The block of the socket at 1. It lives until append() replaces it, or the socket is closed.
char* block_of(lua_State* state, const Unread& unread) {
  if (unread.capacity == 0) return nullptr;
  lua_getiuservalue(state, 1, 1);
  auto* block = static_cast<char*>(lua_touserdata(state, -1));
  lua_pop(state, 1);
  return block;
}

void set_block(lua_State* state, Unread& unread, std::size_t capacity) {
  lua_setiuservalue(state, 1, 1);
  unread.capacity = capacity;
}

std::string_view view(lua_State* state, const Unread& unread) {
  return unread.size() == 0 ? std::string_view("")
                            : std::string_view(block_of(state, unread) + unread.begin, unread.size());
}

/// Amortized O(1) per byte: bytes are moved when as many have been given away, or the block doubles.
void append(lua_State* state, Unread& unread, std::string_view data) {
  if (data.empty()) return;
  char* block = block_of(state, unread);
  const std::size_t size = unread.size();
  if (unread.capacity - unread.end < data.size()) {
    if (unread.begin >= size && unread.capacity - size >= data.size()) {
      std::memmove(block, block + unread.begin, size);
    } else {
      const std::size_t capacity = 2 * (size + data.size());
      auto* larger = static_cast<char*>(lua_newuserdatauv(state, capacity + 1, 0));
      if (size > 0) std::memcpy(larger, block + unread.begin, size);
      block = larger;
      set_block(state, unread, capacity);
    }
    unread.begin = 0;
    unread.end = size;
  }
  std::memcpy(block + unread.end, data.data(), data.size());
  unread.end += data.size();
  block[unread.end] = '\0';
}

void give_away(lua_State* state, Unread& unread, std::size_t count) {
  unread.begin += count;
  unread.searched = 0;
  if (unread.size() > 0) return;
  unread.begin = unread.end = 0;
  if (unread.capacity <= kKept) return;
  lua_pushnil(state);
  set_block(state, unread, 0);
}

/// Pushes two values, numbers from 1 if the pattern at 2 matches.
void find_by_pattern(lua_State* state, Unread& unread) {
  const std::string_view pattern = lua::check_string(state, 2), bytes = view(state, unread);
  constexpr std::size_t kAnywhere = std::string_view::npos;
  const std::size_t look = pattern.starts_with('^') ? kAnywhere : lua::furthest_look(pattern).value_or(kAnywhere);
  if (const auto found = find_pattern(state, bytes, pattern, unread.searched)) {
    lua_pushinteger(state, static_cast<lua_Integer>(found->from) + 1);
    lua_pushinteger(state, static_cast<lua_Integer>(found->to));
    return;
  }
  // Where an attempt has seen all that it looks at, it fails again when more has come.
  if (bytes.size() >= look) unread.searched = bytes.size() - look + (look > 0 ? 1 : 0);
  lua_pushnil(state);
  lua_pushnil(state);
}

/// The same by a call of the function on top of the stack, which is popped: with a string of the first `shown` bytes,
/// and with the pattern if there is one.
void find_by_call(lua_State* state, Unread& unread, std::size_t shown) {
  lua::push_string(state, view(state, unread).substr(0, shown));
  const bool by_pattern = lua_type(state, 2) == LUA_TSTRING;
  if (by_pattern) lua_pushvalue(state, 2);
  lua_call(state, by_pattern ? 2 : 1, 2);
}

bool is_found(lua_State* state) { return lua_isnumber(state, -2) && lua_isnumber(state, -1); }

/// Leaves the delimiter's answer as two values.
void look_for_delimiter(lua_State* state, Unread& unread) {
  if (lua_type(state, 2) == LUA_TSTRING) {
    lua_getglobal(state, "string");
    lua_getfield(state, -1, "find");
    lua_remove(state, -2);
    if (!is_string_find(state, -1)) return find_by_call(state, unread, unread.size());
    lua_pop(state, 1);
    return find_by_pattern(state, unread);
  }
  for (;;) {
    const std::size_t shown = std::min(unread.size(), std::max(kFirstShown, 2 * unread.searched));
    lua_pushvalue(state, 2);
    find_by_call(state, unread, shown);
    if (is_found(state) || shown >= unread.size()) {
      unread.searched = shown;
      return;
    }
    unread.searched = shown;
    lua_pop(state, 2);
  }
}

struct ReceiveBuf {
  using Args = Socket*;
  static Args parse(lua_State* state) {
    Socket& socket = claim(state);
    const int type = lua_type(state, 2);
    luaL_argexpected(state, type == LUA_TSTRING || type == LUA_TFUNCTION, 2, "function/string");
    luaL_checktype(state, 3, LUA_TBOOLEAN);
    lua_settop(state, 3);
    return &socket;
  }
  /// The buffer is looked through first, as if nothing had come in addition.
  static void start(Runtime&, ScriptThread& thread, lua_State*, Args socket) noexcept {
    socket->unread.searched = 0;
    thread.start<pending::Immediate>("receive").done({});
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    const Socket* socket = thread.operation_socket();
    if (!socket) return true;
    if (thread.reply().status == core::Status::Ok) runtime.trace.received(*socket, thread.reply().data);
    end_at_empty_datagram(thread);
    return true;
  }
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    if (thread.reply().status != core::Status::Ok) return push_failure(state, thread.reply());
    Unread& unread = lua::Userdata<Socket>::check(state, 1).unread;
    append(state, unread, thread.reply().data);
    look_for_delimiter(state, unread);
    if (is_found(state)) return push_match(state, unread);
    if (unread.size() > runtime.options.receive_limit) {  // a server that sends without end, and never what is wanted
      thread.replace_reply({.status = core::Status::Error});
      return push_failure(state, thread.reply());
    }
    lua_settop(state, 3);
    Socket& socket = claim(state);
    runtime.parts.network.receive(socket.id, {net::ReceiveCondition::Kind::Some, 1, runtime.options.receive_limit},
                                  socket.deadline(), thread.start<pending::SocketOperation>(socket, "receive").done);
    return kAgain;
  }

 private:
  /// The match is the two numbers on top of the stack.
  static int push_match(lua_State* state, Unread& unread) {
    const lua_Integer left = lua_tointeger(state, -2), right = lua_tointeger(state, -1);
    const bool keep = lua_toboolean(state, 3);
    const std::string_view bytes = view(state, unread);
    // A match may be empty at the very beginning, as that of match.numbytes(0) is; nothing stands before it.
    if (left > right || right < 0 || (!keep && left < 1) || static_cast<std::size_t>(right) > bytes.size())
      return luaL_error(state, "invalid indices for match");
    const auto end = static_cast<std::size_t>(right);
    lua_pushboolean(state, true);
    lua::push_string(state, bytes.substr(0, keep ? end : static_cast<std::size_t>(left) - 1));
    give_away(state, unread, end);
    return 2;
  }
};

}  // namespace

int receive_buf(lua_State* state) { return block<ReceiveBuf>(state); }

}  // namespace sluice::nse
