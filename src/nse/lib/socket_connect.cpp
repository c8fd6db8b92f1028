// SPDX-License-Identifier: Apache-2.0
// socket:connect and socket:reconnect_ssl (docs/nse-compat.md, "Sockets").

#include "lua/userdata.hpp"
#include "nse/lib/connect.hpp"

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
#ifdef SLUICE_NO_TLS
  if (net::is_secure(args.transport))
    return thread.start<pending::SocketOperation>(*args.socket, "a connection")
        .done({.status = core::Status::Refused, .data = "sorry, you don't have OpenSSL"});
#endif
  Outbound outbound{.host = std::string(args.host), .request = {}};
  net::ConnectRequest& request = outbound.request;
  request.transport = args.transport;
  request.remote.port = args.port;
  request.server_name = args.server_name;
  request.local = args.socket->local;
  request.local_is_optional = request.local.has_value();
  if (!request.local && runtime.options.source) request.local = Endpoint{*runtime.options.source, 0};
  const core::Completion done = thread.start<pending::SlotRequest>(*args.socket, std::move(outbound)).done;
  if (!runtime.parts.slots.request(thread.lease(), done)) return;
  args.socket->count(thread);  // before a suspension, in which the thread would lose a slot without open sockets
  done({});
}

namespace {

/// The second stage, after the slot is granted.
void start_lookup(Runtime& runtime, ScriptThread& thread, Socket& socket, Outbound outbound) noexcept {
  socket.count(thread);
  const auto family = Address::parse(outbound.host) ? std::nullopt : std::optional(runtime.options.family);
  const auto& lookup = thread.start<pending::Lookup>(&socket, std::move(outbound));
  runtime.parts.resolver.resolve_by_system(lookup.outbound.host, family, lookup.done);
}

/// The third stage, after the look-up.
void start_connect(Runtime& runtime, ScriptThread& thread, Socket& socket, net::ConnectRequest request) noexcept {
  request.remote.address = runtime.scoped(thread.reply().addresses.front(), thread);
  if (request.local && !request.local_is_optional && request.local->address.family() != request.remote.address.family())
    request.local.reset();
  request.deadline = socket.deadline();
  if (socket.id) runtime.parts.sockets.close(socket.id);
  socket.capturing = false;
  socket.transport = request.transport;
  socket.server_name = request.server_name;
  const core::Completion done = thread.start<pending::SocketOperation>(socket, "a connection").done;
  socket.id = runtime.parts.sockets.connect(request, done);
}

}  // namespace

bool Connect::next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
  Socket& socket = *thread.operation_socket();
  if (auto* slot = thread.pending<pending::SlotRequest>()) {
    start_lookup(runtime, thread, socket, std::move(slot->outbound));
    return false;
  }
  auto* lookup = thread.pending<pending::Lookup>();
  if (lookup && thread.reply().status == core::Status::Ok && !thread.reply().addresses.empty()) {
    start_connect(runtime, thread, socket, std::move(lookup->outbound.request));
    return false;
  }
  if (!lookup) socket.warn_if_unbound(thread);
  socket.coroutine = nullptr;
  if (thread.reply().status != core::Status::Ok) socket.uncount();
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

  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_outcome(state, thread.reply()); }
};

struct ReconnectSsl {
  using Args = Socket*;
  static Args parse(lua_State* state) { return &claim(state); }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, Args socket) noexcept {
    const core::Completion done = thread.start<pending::SocketOperation>(*socket, "a TLS handshake").done;
    socket->coroutine = nullptr;
    runtime.parts.sockets.upgrade_tls(socket->id, socket->server_name, socket->deadline(), done);
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    runtime.trace.done(*thread.operation_socket(), "SSL RECONNECT");
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_outcome(state, thread.reply()); }
};

}  // namespace

int connect_socket(lua_State* state) { return block<SocketConnect>(state); }
int reconnect_socket(lua_State* state) { return block<ReconnectSsl>(state); }

}  // namespace sluice::nse
