// What goes over a socket: send, sendto and the forms of receive (sockets.md 3).

#include "lua/userdata.hpp"
#include "nse/blocking.hpp"
#include "nse/socket.hpp"

namespace sluice::nse {

using lua::check_string;
using SocketClass = lua::Userdata<Socket>;

namespace {

struct Send {
  static constexpr Wait kWait{"send", false};
  struct Args {
    Socket* socket;
    std::string_view data;
  };
  static Args parse(lua_State* state) { return {&claim(state), check_string(state, 2)}; }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    runtime.trace.sends(*args.socket, args.data);
    runtime.parts.network.send(args.socket->id, std::string(args.data), args.socket->deadline(),
                               thread.begin(*args.socket));
  }
  static bool advance(Runtime& runtime, ScriptThread& thread) noexcept {
    runtime.trace.done(*thread.served, "SEND");
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_outcome(state, thread.reply); }
};

/// On a stream the destination is looked up, and then left aside: Linux does so, and nselib's rpc relies on it.
struct SendTo {
  static constexpr Wait kWait{"a name", false};
  struct Args {
    Socket* socket;
    std::string_view host, data;
    std::uint16_t port;
  };
  static Args parse(lua_State* state) {
    Socket& socket = SocketClass::check(state, 1);
    const std::string_view host = check_peer(state, 2).host;
    const std::uint16_t port = check_port(state, 3);
    const std::string_view data = check_string(state, 4);
    if (socket.transport != net::Transport::Udp) check_connected(state);
    claim(state, socket);  // a datagram socket is opened once the family is known
    return {&socket, host, data, port};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    Connecting& step = thread.connecting;
    step.stage = Connecting::Stage::Resolve;
    step.request.remote.port = args.port;
    step.datagram = args.data;
    runtime.parts.network.resolve_by_system(std::string(args.host), std::nullopt, thread.begin(*args.socket));
  }
  static bool advance(Runtime& runtime, ScriptThread& thread) noexcept {
    Connecting& step = thread.connecting;
    Socket& socket = *thread.served;
    if (step.stage == Connecting::Stage::Connect) runtime.trace.done(socket, "SEND");
    if (step.stage != Connecting::Stage::Resolve || thread.reply.status != core::Status::Ok) return true;
    step.stage = Connecting::Stage::Connect;
    thread.wait.what = "send";
    const Address address = runtime.scoped(thread.reply.addresses.front(), thread);
    if (!socket.id) socket.family = address.family();
    if (!socket.ensure_open()) {
      thread.reply = {.status = core::Status::Error};
      return true;
    }
    runtime.trace.sends(socket, step.datagram);
    const core::Completion done = thread.begin(socket);
    if (socket.transport == net::Transport::Udp)
      runtime.parts.network.send_to(socket.id, {address, step.request.remote.port}, std::move(step.datagram), done);
    else
      runtime.parts.network.send(socket.id, std::move(step.datagram), socket.deadline(), done);
    return false;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_outcome(state, thread.reply); }
};

template <net::Want::Kind Kind>
struct Receive {
  static constexpr Wait kWait{"receive", false};
  struct Args {
    Socket* socket;
    std::size_t count;
  };
  static Args parse(lua_State* state) {
    Socket& socket = claim(state);
    const lua_Integer count = Kind == net::Want::Kind::Some ? 1 : luaL_checkinteger(state, 2);
    return {&socket, static_cast<std::size_t>(count < 1 ? 1 : count)};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    runtime.parts.network.receive(args.socket->id, {Kind, args.count, runtime.options.receive_limit},
                                  args.socket->deadline(), thread.begin(*args.socket));
  }
  static bool advance(Runtime& runtime, ScriptThread& thread) noexcept {
    if (thread.reply.status == core::Status::Ok) runtime.trace.received(*thread.served, thread.reply.data);
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    if (thread.reply.status != core::Status::Ok) return push_failure(state, thread.reply);
    lua_pushboolean(state, true);
    lua::push_string(state, thread.reply.data);
    return 2;
  }
};

/// receive_buf keeps its buffer as the userdata's uservalue, and looks for its delimiter with Lua between two reads.
struct ReceiveBuf {
  static constexpr Wait kWait{"receive", false};
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
  static void start(Runtime&, ScriptThread& thread, lua_State*, Args) noexcept { thread.begin()({}); }
  static bool advance(Runtime& runtime, ScriptThread& thread) noexcept {
    if (thread.served && thread.reply.status == core::Status::Ok)
      runtime.trace.received(*thread.served, thread.reply.data);
    return true;
  }
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    if (thread.reply.status != core::Status::Ok) return push_failure(state, thread.reply);
    if (lua_getiuservalue(state, 1, 1) != LUA_TSTRING) {
      lua_pop(state, 1);
      lua_pushliteral(state, "");
    }
    lua::push_string(state, thread.reply.data);
    lua_concat(state, 2);
    lua_pushvalue(state, -1);
    lua_setiuservalue(state, 1, 1);
    const std::size_t size = lua_rawlen(state, -1);
    if (lua_type(state, 2) == LUA_TFUNCTION) {
      lua_pushvalue(state, 2);
      lua_pushvalue(state, 4);
      lua_call(state, 1, 2);
    } else {
      lua_getglobal(state, "string");
      lua_getfield(state, -1, "find");
      lua_remove(state, -2);
      lua_pushvalue(state, 4);
      lua_pushvalue(state, 2);
      lua_call(state, 2, 2);
    }
    if (lua_isnumber(state, -2) && lua_isnumber(state, -1)) {
      const lua_Integer left = lua_tointeger(state, -2), right = lua_tointeger(state, -1);
      const bool keep = lua_toboolean(state, 3);
      // A match may be empty at the very beginning, as that of match.numbytes(0) is; nothing stands before it.
      if (left > right || right < 0 || (!keep && left < 1) || static_cast<std::size_t>(right) > size)
        return luaL_error(state, "invalid indices for match");
      std::size_t length = 0;
      const char* buffer = lua_tolstring(state, 4, &length);
      const auto end = static_cast<std::size_t>(right);
      lua_pushlstring(state, buffer + end, length - end);
      lua_setiuservalue(state, 1, 1);
      lua_pushboolean(state, true);
      lua_pushlstring(state, buffer, keep ? end : static_cast<std::size_t>(left) - 1);
      return 2;
    }
    if (size > runtime.options.receive_limit) {  // a server that sends without end, and never what is wanted
      thread.reply = {.status = core::Status::Error};
      return push_failure(state, thread.reply);
    }
    lua_settop(state, 3);
    Socket& socket = claim(state);
    runtime.parts.network.receive(socket.id, {net::Want::Kind::Some, 1, runtime.options.receive_limit},
                                  socket.deadline(), thread.begin(socket));
    return kAgain;
  }
};

}  // namespace

const luaL_Reg kSocketIo[] = {
    {"send", block<Send>},
    {"sendto", block<SendTo>},
    {"receive", block<Receive<net::Want::Kind::Some>>},
    {"receive_bytes", block<Receive<net::Want::Kind::Bytes>>},
    {"receive_lines", block<Receive<net::Want::Kind::Lines>>},
    {"receive_buf", block<ReceiveBuf>},
    {nullptr, nullptr},
};

}  // namespace sluice::nse
