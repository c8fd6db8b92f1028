// SPDX-License-Identifier: Apache-2.0
// socket:send, sendto, receive, receive_bytes and receive_lines (docs/nse-compat.md, "Sockets").

#include "lua/userdata.hpp"
#include "nse/lib/socket_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

using lua::check_string;
using SocketClass = lua::Userdata<Socket>;

namespace {

struct Send {
  struct Args {
    Socket* socket;
    std::string_view data;
  };
  static Args parse(lua_State* state) { return {&claim(state), check_string(state, 2)}; }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    runtime.trace.sends(*args.socket, args.data);
    runtime.parts.sockets.send(args.socket->id, std::string(args.data), args.socket->deadline(),
                               thread.start<pending::SocketOperation>(*args.socket, "send").done);
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    runtime.trace.done(*thread.operation_socket(), "SEND");
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_outcome(state, thread.reply()); }
};

/// socket:sendto. On a TCP socket it sends to the peer, whatever the destination is, as under Nmap; nselib's rpc relies
/// on it.
struct SendTo {
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
    claim(state, socket);  // a closed UDP socket is opened after the look-up, which determines its family
    return {&socket, host, data, port};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    Outbound outbound;
    outbound.request.remote.port = args.port;
    outbound.datagram = args.data;
    const auto& lookup = thread.start<pending::Lookup>(args.socket, std::move(outbound));
    runtime.parts.resolver.resolve_by_system(std::string(args.host), std::nullopt, lookup.done);
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    Socket& socket = *thread.operation_socket();
    auto* lookup = thread.pending<pending::Lookup>();
    if (!lookup) runtime.trace.done(socket, "SEND");
    if (!lookup || thread.reply().status != core::Status::Ok) return true;
    std::string datagram = std::move(lookup->outbound.datagram);
    const std::uint16_t port = lookup->outbound.request.remote.port;
    const Address address = runtime.scoped(thread.reply().addresses.front(), thread);
    if (!socket.id) socket.family = address.family();
    if (!socket.ensure_open()) {
      thread.replace_reply({.status = core::Status::Error});
      return true;
    }
    runtime.trace.sends(socket, datagram);
    const core::Completion done = thread.start<pending::SocketOperation>(socket, "send").done;
    if (socket.transport == net::Transport::Udp)
      runtime.parts.sockets.send_to(socket.id, {address, port}, std::move(datagram), done);
    else
      runtime.parts.sockets.send(socket.id, std::move(datagram), socket.deadline(), done);
    return false;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) { return push_outcome(state, thread.reply()); }
};

template <net::ReceiveCondition::Kind Kind>
struct Receive {
  struct Args {
    Socket* socket;
    std::size_t count;
  };
  static Args parse(lua_State* state) {
    Socket& socket = claim(state);
    const lua_Integer count = Kind == net::ReceiveCondition::Kind::Some ? 1 : luaL_checkinteger(state, 2);
    return {&socket, static_cast<std::size_t>(count < 1 ? 1 : count)};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    runtime.parts.sockets.receive(args.socket->id, {Kind, args.count, runtime.options.receive_limit},
                                  args.socket->deadline(),
                                  thread.start<pending::SocketOperation>(*args.socket, "receive").done);
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    if (thread.reply().status == core::Status::Ok)
      runtime.trace.received(*thread.operation_socket(), thread.reply().data);
    end_at_empty_datagram(thread);
    return true;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    if (thread.reply().status != core::Status::Ok) return push_failure(state, thread.reply());
    lua_pushboolean(state, true);
    lua::push_string(state, thread.reply().data);
    return 2;
  }
};

}  // namespace

const luaL_Reg kSocketIo[] = {
    {"send", block<Send>},
    {"sendto", block<SendTo>},
    {"receive", block<Receive<net::ReceiveCondition::Kind::Some>>},
    {"receive_bytes", block<Receive<net::ReceiveCondition::Kind::Bytes>>},
    {"receive_lines", block<Receive<net::ReceiveCondition::Kind::Lines>>},
    {"receive_buf", receive_buf},
    {nullptr, nullptr},
};

}  // namespace sluice::nse
