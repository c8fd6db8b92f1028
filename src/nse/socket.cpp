#include "nse/socket.hpp"

#include <cmath>

#include "lua/userdata.hpp"
#include "nse/blocking.hpp"
#include "nse/certificate.hpp"

namespace sluice::nse {

using lua::check_string;
using SocketClass = lua::Userdata<Socket>;

bool Socket::close() noexcept {
  uncount();
  timeout = kDefaultTimeout;
  local.reset();
  server_name.clear();
  coroutine = nullptr;
  if (!id) return false;
  runtime_.parts.network.close(std::exchange(id, {}));
  return true;
}

void Socket::count(ScriptThread& thread) noexcept {
  if (counted) return;
  counted = &thread;
  thread.sockets.push_back(*this);
  runtime_.parts.slots.opened(thread.lease);
}

void Socket::uncount() noexcept {
  ListNode<OfThreadTag>::unlink();
  if (ScriptThread* thread = std::exchange(counted, nullptr)) runtime_.parts.slots.closed(thread->lease);
}

bool Socket::ensure_open() noexcept {
  if (id || transport != net::Transport::Udp) return static_cast<bool>(id);
  if (auto opened = runtime_.parts.network.open_udp(family, local)) id = *opened;
  return static_cast<bool>(id);
}

TimePoint Socket::deadline() const noexcept {
  if (timeout < 0) return kNever;
  return runtime_.parts.clock.now() + std::chrono::milliseconds(static_cast<std::int64_t>(timeout));
}

namespace {

int push_failure(lua_State* state, const core::Reply& reply) {
  if (reply.status == core::Status::Refused) {
    lua_pushboolean(state, false);
    lua::push_string(state, reply.data);
    return 2;
  }
  lua_pushnil(state);
  switch (reply.status) {
    case core::Status::Timeout:
      lua_pushliteral(state, "TIMEOUT");
      break;
    case core::Status::Eof:
      lua_pushliteral(state, "EOF");
      break;
    case core::Status::Cancelled:
      lua_pushliteral(state, "CANCELLED");
      break;
    default:
      lua_pushliteral(state, "ERROR");
      break;
  }
  return 2;
}

/// The socket of a call that needs a connection; raises as the recorded answers of 7.93 want it.
Socket& check_connected(lua_State* state) {
  Socket& socket = SocketClass::check(state, 1);
  if (!socket.ensure_open()) luaL_error(state, "socket must be connected");
  return socket;
}

/// The same for a call that blocks: one coroutine has the use of a socket until the next connect (sockets.md 4).
Socket& claim(lua_State* state) {
  Socket& socket = check_connected(state);
  if (socket.user || (socket.coroutine && socket.coroutine != state))
    luaL_error(state, "Invalid reuse of a socket from one thread to another.");
  socket.coroutine = state;
  return socket;
}

struct Connect {
  static constexpr Wait kWait{"a socket slot", true};
  struct Args {
    Socket* socket;
    std::string_view host, server_name;
    std::uint16_t port;
    net::Transport transport;
  };

  static Args parse(lua_State* state) {
    Args args{&SocketClass::check(state, 1), {}, {}, 0, {}};
    if (args.socket->user) luaL_error(state, "Invalid reuse of a socket from one thread to another.");
    if (lua_type(state, 2) == LUA_TTABLE) {
      lua_getfield(state, 2, "targetname");
      lua_getfield(state, 2, "ip");
      if (lua_isstring(state, -2)) args.server_name = check_string(state, -2);
      if (lua_isstring(state, -1))
        args.host = check_string(state, -1);
      else if (!args.server_name.empty())
        args.host = args.server_name;
      else
        luaL_argerror(state, 2, "host table lacks 'ip' or 'targetname' fields");
      // Both strings stay alive in the host table, which stays at index 2.
      lua_pop(state, 2);
    } else {
      args.host = args.server_name = check_string(state, 2);
    }
    std::string_view protocol = args.socket->transport == net::Transport::Udp ? "udp" : "tcp";
    if (lua_type(state, 3) == LUA_TTABLE) {
      lua_getfield(state, 3, "number");
      if (!lua_isinteger(state, -1)) luaL_argerror(state, 3, "port table lacks integer 'number' field");
      args.port = static_cast<std::uint16_t>(lua_tointeger(state, -1));
      lua_getfield(state, 3, "protocol");
      if (lua_isstring(state, -1)) protocol = check_string(state, -1);
      lua_pop(state, 2);
    } else {
      args.port = static_cast<std::uint16_t>(luaL_checkinteger(state, 3));
    }
    protocol = lua::opt_string(state, 4, protocol);
    if (protocol == "tcp")
      args.transport = net::Transport::Tcp;
    else if (protocol == "udp")
      args.transport = net::Transport::Udp;
    else if (protocol == "ssl")
      args.transport = net::Transport::Tls;
    else
      luaL_argerror(state, 4, lua_pushfstring(state, "invalid connection type '%s'", protocol.data()));
    return args;
  }

  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    Connecting& step = thread.connecting;
    step.stage = Connecting::Stage::Slot;
    step.socket = args.socket;
    step.host = args.host;
    step.request = {};
    step.request.transport = args.transport;
    step.request.remote.port = args.port;
    step.request.server_name = args.server_name;
    step.request.local = args.socket->local;
    if (!step.request.local && runtime.options.source) step.request.local = Endpoint{*runtime.options.source, 0};
    const core::Completion done = thread.begin(*args.socket);
#ifdef SLUICE_NO_TLS
    if (args.transport == net::Transport::Tls) {
      step.stage = Connecting::Stage::Connect;
      return done({.status = core::Status::Refused, .data = "sorry, you don't have OpenSSL"});
    }
#endif
    if (runtime.parts.slots.request(thread.lease, done.ticket)) done({});
  }

  static bool advance(Runtime& runtime, ScriptThread& thread) noexcept {
    Connecting& step = thread.connecting;
    Socket& socket = *step.socket;
    switch (step.stage) {
      case Connecting::Stage::Slot: {
        socket.count(thread);
        step.stage = Connecting::Stage::Resolve;
        thread.wait = {"a name", false};
        const auto family = Address::parse(step.host) ? std::nullopt : std::optional(runtime.options.family);
        runtime.parts.network.resolve(step.host, family, thread.begin(socket));
        return false;
      }
      case Connecting::Stage::Resolve: {
        if (thread.reply.status != core::Status::Ok || thread.reply.addresses.empty()) break;
        step.stage = Connecting::Stage::Connect;
        thread.wait = {"a connection", false};
        step.request.remote.address = thread.reply.addresses.front();
        if (step.request.local && step.request.local->address.family() != step.request.remote.address.family())
          step.request.local.reset();
        step.request.deadline = socket.deadline();
        if (socket.id) runtime.parts.network.close(socket.id);
        socket.transport = step.request.transport;
        socket.server_name = step.request.server_name;
        const core::Completion done = thread.begin(socket);
        socket.id = runtime.parts.network.connect(step.request, done);
        return false;
      }
      case Connecting::Stage::Connect:
        break;
    }
    socket.coroutine = nullptr;
    if (thread.reply.status != core::Status::Ok) socket.uncount();
    return true;
  }

  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    if (thread.reply.status != core::Status::Ok) return push_failure(state, thread.reply);
    lua_pushboolean(state, true);
    return 1;
  }
};

struct ReconnectSsl {
  static constexpr Wait kWait{"a TLS handshake", false};
  using Args = Socket*;
  static Args parse(lua_State* state) { return &claim(state); }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, Args socket) noexcept {
    const core::Completion done = thread.begin(*socket);
    socket->coroutine = nullptr;
    runtime.parts.network.upgrade_tls(socket->id, socket->server_name, socket->deadline(), done);
  }
  static bool advance(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    return Connect::push(state, runtime, thread);
  }
};

struct Send {
  static constexpr Wait kWait{"send", false};
  struct Args {
    Socket* socket;
    std::string_view data;
  };
  static Args parse(lua_State* state) { return {&claim(state), check_string(state, 2)}; }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    runtime.parts.network.send(args.socket->id, std::string(args.data), args.socket->deadline(),
                               thread.begin(*args.socket));
  }
  static bool advance(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    return Connect::push(state, runtime, thread);
  }
};

struct SendTo {
  static constexpr Wait kWait{"a name", false};
  struct Args {
    Socket* socket;
    std::string_view host, data;
    std::uint16_t port;
  };
  static Args parse(lua_State* state) {
    Args args{&SocketClass::check(state, 1), {}, {}, 0};
    if (lua_type(state, 2) == LUA_TTABLE) {
      if (lua_getfield(state, 2, "ip") != LUA_TSTRING) luaL_argerror(state, 2, "host table lacks 'ip' field");
      args.host = check_string(state, -1);
      lua_pop(state, 1);
    } else {
      args.host = check_string(state, 2);
    }
    if (lua_type(state, 3) == LUA_TTABLE) {
      lua_getfield(state, 3, "number");
      args.port = static_cast<std::uint16_t>(luaL_checkinteger(state, -1));
      lua_pop(state, 1);
    } else {
      args.port = static_cast<std::uint16_t>(luaL_checkinteger(state, 3));
    }
    args.data = check_string(state, 4);
    if (args.socket->id || args.socket->transport != net::Transport::Udp) claim(state);
    return args;
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    Connecting& step = thread.connecting;
    step.stage = Connecting::Stage::Resolve;
    step.socket = args.socket;
    step.request.remote.port = args.port;
    step.datagram = args.data;
    runtime.parts.network.resolve(std::string(args.host), std::nullopt, thread.begin(*args.socket));
  }
  static bool advance(Runtime& runtime, ScriptThread& thread) noexcept {
    Connecting& step = thread.connecting;
    if (step.stage != Connecting::Stage::Resolve || thread.reply.status != core::Status::Ok) return true;
    step.stage = Connecting::Stage::Connect;
    thread.wait.what = "send";
    const Address address = thread.reply.addresses.front();
    if (!step.socket->id) step.socket->family = address.family();
    if (!step.socket->ensure_open()) {
      thread.reply = {.status = core::Status::Error};
      return true;
    }
    const core::Completion done = thread.begin(*step.socket);
    runtime.parts.network.send_to(step.socket->id, {address, step.request.remote.port}, std::move(step.datagram), done);
    return false;
  }
  static int push(lua_State* state, Runtime& runtime, ScriptThread& thread) {
    return Connect::push(state, runtime, thread);
  }
};

template <net::Want::Kind Kind>
struct Receive {
  static constexpr Wait kWait{"receive", false};
  struct Args {
    Socket* socket;
    std::size_t count;
  };
  static Args parse(lua_State* state) {
    const lua_Integer count = Kind == net::Want::Kind::Some ? 1 : luaL_checkinteger(state, 2);
    return {&claim(state), static_cast<std::size_t>(count < 1 ? 1 : count)};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    runtime.parts.network.receive(args.socket->id, {Kind, args.count, runtime.options.receive_limit},
                                  args.socket->deadline(), thread.begin(*args.socket));
  }
  static bool advance(Runtime&, ScriptThread&) noexcept { return true; }
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
    luaL_argexpected(state, type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TNUMBER, 2,
                     "string or function");
    luaL_checktype(state, 3, LUA_TBOOLEAN);
    lua_settop(state, 3);
    return &socket;
  }
  static void start(Runtime&, ScriptThread& thread, lua_State*, Args) noexcept { thread.begin()({}); }
  static bool advance(Runtime&, ScriptThread&) noexcept { return true; }
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
      if (left < 1 || left > right || static_cast<std::size_t>(right) > size)
        return luaL_error(state, "invalid indices for match");
      std::size_t length = 0;
      const char* buffer = lua_tolstring(state, 4, &length);
      const auto end = static_cast<std::size_t>(right);
      lua_pushlstring(state, buffer + end, length - end);
      lua_setiuservalue(state, 1, 1);
      lua_pushboolean(state, true);
      lua_pushlstring(state, buffer, lua_toboolean(state, 3) ? end : static_cast<std::size_t>(left) - 1);
      return 2;
    }
    lua_settop(state, 3);
    Socket& socket = claim(state);
    receive_more(runtime, thread, socket);
    return kAgain;
  }
  static void receive_more(Runtime& runtime, ScriptThread& thread, Socket& socket) noexcept {
    runtime.parts.network.receive(socket.id, {net::Want::Kind::Some, 1, runtime.options.receive_limit},
                                  socket.deadline(), thread.begin(socket));
  }
};

struct Sleep {
  static constexpr Wait kWait{"sleep", false};
  struct Args {
    double seconds;
  };
  static Args parse(lua_State* state) {
    const double seconds = luaL_checknumber(state, 1);
    if (seconds < 0) luaL_error(state, "argument to sleep (%f) must not be negative", seconds);
    return {seconds};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    thread.sleeping = thread.begin();
    const auto length = std::chrono::milliseconds(std::llround(std::min(args.seconds, 1e9) * 1000));
    thread.sleep = runtime.parts.deadlines.arm(runtime.parts.clock.now() + length, thread);
  }
  static bool advance(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State*, Runtime&, ScriptThread&) { return 0; }
};

int close(lua_State* state) {
  if (SocketClass::check(state, 1).close()) {
    lua_pushnil(state);
    lua_setiuservalue(state, 1, 1);
    lua_pushboolean(state, true);
    return 1;
  }
  lua_pushboolean(state, false);
  lua_pushliteral(state, "socket already closed");
  return 2;
}

int set_timeout(lua_State* state) {
  Socket& socket = SocketClass::check(state, 1);
  const double timeout = std::floor(luaL_checknumber(state, 2));
  if (timeout < -1) return luaL_error(state, "Negative timeout: %f", timeout);
  socket.timeout = timeout;
  lua_pushboolean(state, true);
  return 1;
}

int bind(lua_State* state) {
  Socket& socket = SocketClass::check(state, 1);
  const auto port = static_cast<std::uint16_t>(luaL_checkinteger(state, 3));
  const char* text = luaL_optstring(state, 2, nullptr);
  const auto address = text ? Address::parse(text) : Address::any(lua::owner<Runtime>(state).options.family);
  if (!address) {
    lua_pushboolean(state, false);
    lua_pushliteral(state, "getaddrinfo: Name or service not known");
    return 2;
  }
  socket.local = Endpoint{*address, port};
  lua_pushboolean(state, true);
  return 1;
}

/// Text of an end of a socket, in the state's scratch: pushing may raise.
void push_end(lua_State* state, const Endpoint* end) {
  lua::home(state).scratch = end ? end->address.text() : "unknown protocol";
  lua::push_string(state, lua::home(state).scratch);
  lua_pushinteger(state, end ? end->port : 0);
}

int get_info(lua_State* state) {
  Socket& socket = check_connected(state);
  const auto info = lua::owner<Runtime>(state).parts.network.info(socket.id);
  lua_pushboolean(state, true);
  push_end(state, info && info->local ? &*info->local : nullptr);
  push_end(state, info && info->remote ? &*info->remote : nullptr);
  return 5;
}

#ifndef SLUICE_NO_TLS
int get_ssl_certificate(lua_State* state) {
  Socket& socket = check_connected(state);
  if (!lua::owner<Runtime>(state).parts.network.is_tls(socket.id)) return luaL_error(state, "not a SSL socket");
  {
    net::CertificateChain chain = lua::owner<Runtime>(state).parts.network.peer_certificates(socket.id);
    if (chain.empty()) return 0;
    lua::home(state).scratch = std::move(chain.front());
  }
  return push_certificate(state, lua::home(state).scratch);
}
#endif

int new_socket(lua_State* state) {
  static const char* const kProtocols[] = {"tcp", "udp", nullptr};
  static const char* const kFamilies[] = {"inet", "inet6", nullptr};
  const int protocol = luaL_checkoption(state, 1, "tcp", kProtocols);
  const int af = luaL_checkoption(state, 2, "inet", kFamilies);
  Runtime& runtime = lua::owner<Runtime>(state);
  const Family families[] = {Family::Inet, Family::Inet6};
  const Family family = lua_isnoneornil(state, 2) ? runtime.options.family : families[af];
  SocketClass::push(state, runtime, protocol ? net::Transport::Udp : net::Transport::Tcp, family);
  return 1;
}

int get_stats(lua_State* state) {
  lua_createtable(state, 0, 1);
  lua::set_integer(state, "connect_waiting",
                   static_cast<lua_Integer>(lua::owner<Runtime>(state).parts.slots.waiting()));
  return 1;
}

}  // namespace

int open_socket(lua_State* state) {
  static const luaL_Reg kMethods[] = {
      {"connect", block<Connect>},
      {"reconnect_ssl", block<ReconnectSsl>},
      {"send", block<Send>},
      {"sendto", block<SendTo>},
      {"receive", block<Receive<net::Want::Kind::Some>>},
      {"receive_bytes", block<Receive<net::Want::Kind::Bytes>>},
      {"receive_lines", block<Receive<net::Want::Kind::Lines>>},
      {"receive_buf", block<ReceiveBuf>},
      {"close", close},
      {"set_timeout", set_timeout},
      {"bind", bind},
      {"get_info", get_info},
#ifndef SLUICE_NO_TLS
      {"get_ssl_certificate", get_ssl_certificate},
#endif
      {nullptr, nullptr},
  };
  SocketClass::define(state, kMethods);
  lua_pop(state, 1);
  static const luaL_Reg kFunctions[] = {
      {"new", new_socket}, {"sleep", block<Sleep>}, {"get_stats", get_stats}, {nullptr, nullptr}};
  luaL_newlib(state, kFunctions);
#ifndef SLUICE_NO_TLS
  define_certificate(state);
  lua_pushcfunction(state, parse_ssl_certificate);
  lua_setfield(state, -2, "parse_ssl_certificate");
#endif
  return 1;
}

}  // namespace sluice::nse
