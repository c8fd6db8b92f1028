// connect and reconnect_ssl (sockets.md 3).

#include "lua/userdata.hpp"
#include "nse/connect.hpp"

namespace sluice::nse {

using lua::check_string;
using SocketClass = lua::Userdata<Socket>;

void Connect::check_host(lua_State* state, int index, Args& args) {
  if (args.socket->user) luaL_error(state, "Invalid reuse of a socket from one thread to another.");
  const Peer peer = check_peer(state, index);
  args.host = peer.host;
  args.server_name = peer.server_name;
}

void Connect::start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
  Connecting& step = thread.connecting;
  step.stage = Connecting::Stage::Slot;
  step.host = args.host;
  step.request = {};
  step.request.transport = args.transport;
  step.request.remote.port = args.port;
  step.request.server_name = args.server_name;
  step.request.local = args.socket->local;
  step.request.local_is_optional = step.request.local.has_value();
  if (!step.request.local && runtime.options.source) step.request.local = Endpoint{*runtime.options.source, 0};
  const core::Completion done = thread.start_operation(*args.socket);
#ifdef SLUICE_NO_TLS
  if (net::is_secure(args.transport)) {
    step.stage = Connecting::Stage::Connect;
    return done({.status = core::Status::Refused, .data = "sorry, you don't have OpenSSL"});
  }
#endif
  if (!runtime.parts.slots.request(thread.lease, done)) return;
  args.socket->count(thread);  // at once: the thread may have to suspend before it takes the reply
  done({});
}

bool Connect::next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
  Connecting& step = thread.connecting;
  Socket& socket = *thread.served;
  switch (step.stage) {
    case Connecting::Stage::Slot: {
      socket.count(thread);
      step.stage = Connecting::Stage::Resolve;
      thread.wait = {"a name", false};
      const auto family = Address::parse(step.host) ? std::nullopt : std::optional(runtime.options.family);
      runtime.parts.network.resolve_by_system(step.host, family, thread.start_operation(socket));
      return false;
    }
    case Connecting::Stage::Resolve: {
      if (thread.reply.status != core::Status::Ok || thread.reply.addresses.empty()) break;
      step.stage = Connecting::Stage::Connect;
      thread.wait = {"a connection", false};
      step.request.remote.address = runtime.scoped(thread.reply.addresses.front(), thread);
      if (step.request.local && !step.request.local_is_optional &&
          step.request.local->address.family() != step.request.remote.address.family())
        step.request.local.reset();
      step.request.deadline = socket.deadline();
      if (socket.id) runtime.parts.network.close(socket.id);
      socket.capturing = false;
      socket.transport = step.request.transport;
      socket.server_name = step.request.server_name;
      const core::Completion done = thread.start_operation(socket);
      socket.id = runtime.parts.network.connect(step.request, done);
      return false;
    }
    case Connecting::Stage::Connect:
      socket.warn_if_unbound(thread);
      break;
  }
  socket.coroutine = nullptr;
  if (thread.reply.status != core::Status::Ok) socket.uncount();
  runtime.trace.done(socket, "CONNECT");
  return true;
}

namespace {

struct SocketConnect : Connect {
  static Args parse(lua_State* state) {
    Args args{&SocketClass::check(state, 1), {}, {}, 0, {}};
    check_host(state, 2, args);
    const bool datagrams = net::over_udp(args.socket->transport);
    std::string_view protocol = datagrams ? "udp" : "tcp";
    args.port = check_port(state, 3);
    if (lua_type(state, 3) == LUA_TTABLE) {
      lua_getfield(state, 3, "protocol");
      if (lua_isstring(state, -1)) protocol = check_string(state, -1);
      lua_pop(state, 1);
    }
    protocol = lua::opt_string(state, 4, protocol);
    if (protocol == "tcp")
      args.transport = net::Transport::Tcp;
    else if (protocol == "udp")
      args.transport = net::Transport::Udp;
    else if (protocol == "ssl")
      args.transport = datagrams ? net::Transport::Dtls : net::Transport::Tls;
    else
      luaL_argerror(state, 4, lua_pushfstring(state, "invalid option '%s'", protocol.data()));
    return args;
  }

  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_outcome(state, thread.reply); }
};

struct ReconnectSsl {
  static constexpr Wait kWait{"a TLS handshake", false};
  using Args = Socket*;
  static Args parse(lua_State* state) { return &claim(state); }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, Args socket) noexcept {
    const core::Completion done = thread.start_operation(*socket);
    socket->coroutine = nullptr;
    runtime.parts.network.upgrade_tls(socket->id, socket->server_name, socket->deadline(), done);
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    runtime.trace.done(*thread.served, "SSL RECONNECT");
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_outcome(state, thread.reply); }
};

}  // namespace

int connect_socket(lua_State* state) { return block<SocketConnect>(state); }
int reconnect_socket(lua_State* state) { return block<ReconnectSsl>(state); }

}  // namespace sluice::nse
