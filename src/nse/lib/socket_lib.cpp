// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/socket_lib.hpp"

#include <algorithm>
#include <cmath>

#include "lua/userdata.hpp"
#include "nse/lib/certificate.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

using lua::check_string;
using SocketClass = lua::Userdata<Socket>;

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

Socket& check_connected(lua_State* state) {
  Socket& socket = SocketClass::check(state, 1);
  if (socket.capturing) luaL_error(state, "invalid operation on pcap socket");
  if (!socket.ensure_open()) luaL_error(state, "socket must be connected");
  return socket;
}

Socket& claim(lua_State* state) {
  Socket& socket = check_connected(state);
  claim(state, socket);
  return socket;
}

void claim(lua_State* state, Socket& socket) {
  if (socket.user || (socket.coroutine && socket.coroutine != state))
    luaL_error(state, "Invalid reuse of a socket from one thread to another.");
  socket.coroutine = state;
}

Peer check_peer(lua_State* state, int index) {
  if (lua_type(state, index) != LUA_TTABLE) {
    const std::string_view text = check_string(state, index);
    return {text, text};
  }
  Peer peer;
  lua_getfield(state, index, "targetname");
  lua_getfield(state, index, "ip");
  if (lua_type(state, -2) == LUA_TSTRING) peer.server_name = check_string(state, -2);
  if (lua_type(state, -1) == LUA_TSTRING)
    peer.host = check_string(state, -1);
  else if (!peer.server_name.empty())
    peer.host = peer.server_name;
  else
    luaL_argerror(state, index, "host table lacks 'ip' or 'targetname' fields");
  lua_pop(state, 2);  // the views remain valid, because the table refers to both strings
  return peer;
}

std::uint16_t check_port(lua_State* state, int index) {
  if (lua_type(state, index) != LUA_TTABLE) return static_cast<std::uint16_t>(luaL_checkinteger(state, index));
  lua_getfield(state, index, "number");
  if (!lua_isinteger(state, -1)) luaL_argerror(state, index, "port table lacks integer 'number' field");
  const auto number = static_cast<std::uint16_t>(lua_tointeger(state, -1));
  lua_pop(state, 1);
  return number;
}

void end_at_empty_datagram(ScriptThread& thread) noexcept {
  const core::Reply& reply = thread.reply();
  if (reply.status == core::Status::Ok && reply.data.empty()) thread.replace_reply({.status = core::Status::Eof});
}

int push_outcome(lua_State* state, const core::Reply& reply) {
  if (reply.status != core::Status::Ok) return push_failure(state, reply);
  lua_pushboolean(state, true);
  return 1;
}

namespace {

/// A sleep lasts a thousandth longer than requested, because the clock of a peer differs from ours. Scripts such as
/// http-slowloris-check compare the time that they slept with the additional time that a peer waited. The latter must
/// not be shorter (docs/differences.md, "Scripts").
constexpr double kMillisecondsPerSecondAsked = 1001;

struct Sleep {
  struct Args {
    double seconds;
  };
  static Args parse(lua_State* state) {
    const double seconds = luaL_checknumber(state, 1);
    if (seconds < 0) luaL_error(state, "argument to sleep (%f) must not be negative", seconds);
    return {seconds};
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    constexpr double kNeverEnds = 1e9;                                               // about thirty years
    const double asked = args.seconds > 0 ? std::min(args.seconds, kNeverEnds) : 0;  // NaN counts as 0
    const auto length = std::chrono::milliseconds(std::llround(asked * kMillisecondsPerSecondAsked));
    thread.start<pending::Sleep>("sleep", runtime.parts.clock.now() + length);
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
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

/// Pushes the address and the port of one end of a socket. The text is kept in the scratch, because pushing may raise.
void push_end(lua_State* state, const Endpoint* end) {
  lua::home(state).scratch = end ? end->address.text() : "unknown protocol";
  lua::push_string(state, lua::home(state).scratch);
  lua_pushinteger(state, end ? end->port : 0);
}

int get_info(lua_State* state) {
  Socket& socket = check_connected(state);
  const auto info = lua::owner<Runtime>(state).parts.sockets.info(socket.id);
  lua_pushboolean(state, true);
  push_end(state, info && info->local ? &*info->local : nullptr);
  push_end(state, info && info->remote ? &*info->remote : nullptr);
  return 5;
}

#ifndef SLUICE_NO_TLS
int get_ssl_certificate(lua_State* state) {
  const Socket& socket = SocketClass::check(state, 1);
  if (!lua::owner<Runtime>(state).parts.sockets.is_tls(socket.id)) return luaL_argerror(state, 1, "not a SSL socket");
  std::shared_ptr<x509_st>& certificate = push_empty_certificate(state);
  {
    net::CertificateChain chain = lua::owner<Runtime>(state).parts.sockets.peer_certificates(socket.id);
    if (chain.empty()) return 0;
    certificate = std::move(chain.front());
  }
  return finish_certificate(state);
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
      {"connect", connect_socket},
      {"reconnect_ssl", reconnect_socket},
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
  lua_getfield(state, -1, "__index");
  luaL_setfuncs(state, kSocketIo, 0);
  luaL_setfuncs(state, kPcap, 0);
  lua_pushcfunction(state, close);
  lua_setfield(state, -2, "pcap_close");
  lua_pop(state, 2);
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
