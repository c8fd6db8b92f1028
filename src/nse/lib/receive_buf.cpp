// SPDX-License-Identifier: Apache-2.0
// socket:receive_buf. Nmap's behaviour is in docs/nse-compat.md, deviations from it are in docs/differences.md,
// "Scripts".

#include <algorithm>
#include <cstring>

#include "lua/pattern.hpp"
#include "lua/userdata.hpp"
#include "nse/lib/socket_lib.hpp"
#include "nse/lib/string_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

namespace {

/// Number of unread bytes that a delimiter function receives at its first call. It receives twice as many at each
/// further call. Each call creates a string of these bytes; the limit keeps the strings short if the delimiter comes
/// early.
constexpr std::size_t kFirstShown = 8192;
constexpr std::size_t kKept = 1u << 20;  ///< bytes; a larger block is released when it is empty

/// Returns the block of the socket at index 1; null if there is none. It is valid until append() replaces it, or until
/// the socket is closed.
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

/// Appends bytes to the unread ones. Amortised O(1) per byte, because unread bytes are moved only if at least as many
/// were returned before, or if the block is replaced by one of twice the size.
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

/// Removes bytes that receive_buf returns.
void give_away(lua_State* state, Unread& unread, std::size_t count) {
  unread.begin += count;
  unread.searched = 0;
  if (unread.size() > 0) return;
  unread.begin = unread.end = 0;
  if (unread.capacity <= kKept) return;
  lua_pushnil(state);
  set_block(state, unread, 0);
}

/// Searches for the pattern at index 2. Pushes two values: the indices of the match, counted from 1, or nil.
void find_by_pattern(lua_State* state, Unread& unread) {
  const std::string_view pattern = lua::check_string(state, 2), bytes = view(state, unread);
  constexpr std::size_t kAnywhere = std::string_view::npos;
  const std::size_t look = pattern.starts_with('^') ? kAnywhere : lua::furthest_look(pattern).value_or(kAnywhere);
  if (const auto found = find_pattern(state, bytes, pattern, unread.searched)) {
    lua_pushinteger(state, static_cast<lua_Integer>(found->from) + 1);
    lua_pushinteger(state, static_cast<lua_Integer>(found->to));
    return;
  }
  // A match starts no earlier than `look` bytes before the end, because an attempt looks at `look` bytes at most.
  if (bytes.size() >= look) unread.searched = bytes.size() - look + (look > 0 ? 1 : 0);
  lua_pushnil(state);
  lua_pushnil(state);
}

/// Calls the function on top of the stack with a string of the first `shown` bytes, and with the pattern at index 2 if
/// it is one. Replaces the function by its first two results.
void find_by_call(lua_State* state, Unread& unread, std::size_t shown) {
  lua::push_string(state, view(state, unread).substr(0, shown));
  const bool by_pattern = lua_type(state, 2) == LUA_TSTRING;
  if (by_pattern) lua_pushvalue(state, 2);
  lua_call(state, by_pattern ? 2 : 1, 2);
}

bool is_found(lua_State* state) { return lua_isnumber(state, -2) && lua_isnumber(state, -1); }

/// Searches for the delimiter. Pushes two values: the indices of the match, or other values if there is none.
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
  /// Completes at once, so that push() searches the unread bytes first.
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
    if (unread.size() > runtime.options.receive_limit) {  // the server keeps sending, without the delimiter
      thread.replace_reply({.status = core::Status::Error});
      return push_failure(state, thread.reply());
    }
    lua_settop(state, 3);
    Socket& socket = claim(state);
    runtime.parts.sockets.receive(socket.id, {net::ReceiveCondition::Kind::Some, 1, runtime.options.receive_limit},
                                  socket.deadline(), thread.start<pending::SocketOperation>(socket, "receive").done);
    return kAgain;
  }

 private:
  /// Pushes the results for the match whose indices are on top of the stack.
  static int push_match(lua_State* state, Unread& unread) {
    const lua_Integer left = lua_tointeger(state, -2), right = lua_tointeger(state, -1);
    const bool keep = lua_toboolean(state, 3);
    const std::string_view bytes = view(state, unread);
    // An empty match at the beginning is valid with `keep`: match.numbytes(0) of nselib returns one.
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
