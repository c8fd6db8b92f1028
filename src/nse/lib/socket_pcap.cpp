// SPDX-License-Identifier: Apache-2.0
// socket:pcap_open and pcap_receive (docs/nse-compat.md, "Captures and packets").

#include "lua/userdata.hpp"
#include "nse/lib/socket_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

using lua::check_string;
using SocketClass = lua::Userdata<Socket>;

namespace {

struct PcapOpen {
  struct Args {
    Socket* socket;
    ScriptThread* thread;
    std::string_view device, filter;
    int snaplen;
    bool promiscuous;
  };
  struct Out {
    bool opened;
  };
  static Args parse(lua_State* state) {
    Args args{&SocketClass::check(state, 1), &running_thread(state), check_string(state, 2), {}, 0, false};
    args.snaplen = static_cast<int>(luaL_checkinteger(state, 3));
    luaL_checktype(state, 4, LUA_TBOOLEAN);
    args.promiscuous = lua_toboolean(state, 4) != 0;
    args.filter = check_string(state, 5);
    if (args.device.empty()) luaL_argerror(state, 2, "bad device name");
    if (args.socket->id || args.socket->user) luaL_argerror(state, 1, "socket is already open");
    return args;
  }
  static Out act(lua::Home& home, const Args& args) noexcept {
    Runtime& runtime = *static_cast<Runtime*>(home.owner);
    const std::string device(args.device);
    auto opened =
        runtime.parts.raw_sockets.open_capture({device, args.snaplen, args.promiscuous, std::string(args.filter)});
    if (!opened) {
      // Of a rule that is explained, the request is the answer.
      if (!runtime.options.rules_only)
        runtime.log(event::warning("NSE: no capture on " + device + ": " + opened.error().message));
      return {false};
    }
    args.socket->hold(*opened, *args.thread);
    args.socket->capturing = true;
    return {true};
  }
  static int push(lua_State* state, const Args& args, const Out& out) {
    if (!out.opened) return luaL_error(state, "can't open pcap reader on %s", args.device.data());
    return 0;
  }
};

struct PcapReceive {
  using Args = Socket*;
  static Args parse(lua_State* state) {
    Socket& socket = SocketClass::check(state, 1);
    if (!socket.capturing) luaL_error(state, "not a pcap socket");
    claim(state, socket);
    return &socket;
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, Args socket) noexcept {
    runtime.parts.sockets.receive(socket->id, {}, socket->deadline(),
                                  thread.start<pending::SocketOperation>(*socket, "a packet").done);
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    const core::Reply& reply = thread.reply();
    if (reply.status != core::Status::Ok) return push_failure(state, reply);
    const std::string_view packet = reply.data;
    lua_pushboolean(state, true);
    lua_pushinteger(state, static_cast<lua_Integer>(reply.packet.length));
    lua::push_string(state, packet.substr(0, reply.packet.link_header));
    lua::push_string(state, packet.substr(reply.packet.link_header));
    lua_pushnumber(state, static_cast<lua_Number>(reply.packet.time.count()) / 1e6);
    return 5;
  }
};

}  // namespace

const luaL_Reg kPcap[] = {{"pcap_open", lua::call<PcapOpen>}, {"pcap_receive", block<PcapReceive>}, {nullptr, nullptr}};

}  // namespace sluice::nse
