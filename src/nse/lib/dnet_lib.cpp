// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/dnet_lib.hpp"

#include <fmt/format.h>

#include <cstring>

#include "lua/userdata.hpp"
#include "nse/lib/interfaces_lib.hpp"
#include "nse/lib/socket_lib.hpp"
#include "nse/runtime/blocking.hpp"

namespace sluice::nse {

using lua::check_string;

namespace {

/// The object that nmap.new_dnet returns: at most one interface for Ethernet frames, and raw IP sockets. They are
/// closed at the end of the script thread that opened them. Owned by Lua, as a userdata.
struct Dnet {
  static constexpr const char* kTypeName = "dnet";

  explicit Dnet(Runtime& runtime) noexcept
      : frames(runtime, net::Transport::Ethernet, Family::Inet),
        ip(runtime, net::Transport::RawIp, Family::Inet),
        ip6(runtime, net::Transport::RawIp, Family::Inet6) {}

  Socket frames;
  Socket ip, ip6;  ///< ip6 is opened when the first IPv6 packet is sent
};

using DnetClass = lua::Userdata<Dnet>;

struct EthernetOpen {
  struct Args {
    Dnet* dnet;
    ScriptThread* thread;
    std::string_view device;
  };
  enum class Out : std::uint8_t { Opened, NotEthernet, Failed };
  static Args parse(lua_State* state) {
    constexpr std::size_t kMaxName = 31;
    const Args args{&DnetClass::check(state, 1), &running_thread(state), check_string(state, 2)};
    if (args.device.size() > kMaxName) luaL_argerror(state, 2, "device name too long");
    return args;
  }
  static Out act(lua::Home& home, const Args& args) noexcept {
    Runtime& runtime = *static_cast<Runtime*>(home.owner);
    bool ethernet = false;
    for (const net::Interface& each : runtime.parts.routing.interfaces())
      ethernet = ethernet || (each.device == args.device && each.link == net::Link::Ethernet);
    if (!ethernet) return Out::NotEthernet;
    auto opened = runtime.parts.raw_sockets.open_ethernet(std::string(args.device));
    if (!opened) return Out::Failed;
    args.dnet->frames.close();
    args.dnet->frames.hold(*opened, *args.thread);
    if (runtime.options.script_trace) runtime.trace.says("Ethernet open " + std::string(args.device));
    return Out::Opened;
  }
  static int push(lua_State* state, const Args& args, const Out& out) {
    if (out == Out::NotEthernet) luaL_argerror(state, 2, "device is not valid ethernet interface");
    if (out == Out::Failed)
      return luaL_error(state, "unable to open dnet on ethernet interface %s", args.device.data());
    lua_pushboolean(state, true);
    return 1;
  }
};

/// Raises if the socket has a pending operation.
void check_idle(lua_State* state, const Socket& socket) {
  if (socket.user) luaL_error(state, "Invalid reuse of a socket from one thread to another.");
}

struct EthernetSend {
  struct Args {
    Socket* frames;
    std::string_view frame;
  };
  static Args parse(lua_State* state) {
    const Args args{&DnetClass::check(state, 1).frames, check_string(state, 2)};
    if (!args.frames->id) luaL_error(state, "dnet ethernet interface is not open");
    check_idle(state, *args.frames);
    return args;
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    if (runtime.options.script_trace) runtime.trace.says(fmt::format("Ethernet frame ({} bytes)", args.frame.size()));
    runtime.parts.sockets.send(args.frames->id, std::string(args.frame), kNever,
                               thread.start<pending::SocketOperation>(*args.frames, "send").done);
  }
  static bool next_stage(Runtime&, ScriptThread&) noexcept { return true; }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    lua_pushboolean(state, thread.reply().status == core::Status::Ok);
    if (thread.reply().status == core::Status::Ok) return 1;
    lua_pushfstring(state, "netutil_eth_send error: %d", thread.reply().error);
    return 2;
  }
};

int ethernet_close(lua_State* state) {
  Dnet& dnet = DnetClass::check(state, 1);
  if (dnet.frames.close()) lua::owner<Runtime>(state).trace.says("Ethernet close");
  lua_pushboolean(state, true);
  return 1;
}

struct IpOpen {
  struct Args {
    Dnet* dnet;
    ScriptThread* thread;
  };
  struct Out {
    bool opened;  ///< false: the scratch contains the reason
  };
  static Args parse(lua_State* state) { return {&DnetClass::check(state, 1), &running_thread(state)}; }
  static Out act(lua::Home& home, const Args& args) noexcept {
    Runtime& runtime = *static_cast<Runtime*>(home.owner);
    if (args.dnet->ip.id) return {true};
    auto opened = runtime.parts.raw_sockets.open_raw_ip(Family::Inet);
    if (!opened) {
      home.scratch = opened.error().message;
      return {false};
    }
    args.dnet->ip.hold(*opened, *args.thread);
    runtime.trace.says("raw IP socket open");
    return {true};
  }
  static int push(lua_State* state, const Args&, const Out& out) {
    if (!out.opened) return luaL_error(state, "failed to open raw socket: %s", lua::home(state).scratch.c_str());
    lua_pushboolean(state, true);
    return 1;
  }
};

int ip_close(lua_State* state) {
  Dnet& dnet = DnetClass::check(state, 1);
  dnet.ip6.close();
  const bool closed = dnet.ip.close();
  lua_pushboolean(state, closed);
  if (closed) {
    lua::owner<Runtime>(state).trace.says("raw IP socket close");
    return 1;
  }
  lua_pushliteral(state, "raw socket already closed");
  return 2;
}

/// Returns the destination address in the IP header of a packet; nothing if the header is malformed.
std::optional<Address> destination(std::string_view packet) {
  constexpr std::size_t kHeader4 = 20, kHeader6 = 40;
  const auto first = packet.empty() ? 0u : static_cast<unsigned char>(packet.front());
  const unsigned version = first >> 4, header = (first & 0xf) * 4;
  if (version == 4 && header >= kHeader4 && header <= packet.size()) return Address::from_bytes(packet.substr(16, 4));
  if (version == 6 && packet.size() >= kHeader6) return Address::from_bytes(packet.substr(24, 16));
  return std::nullopt;
}

/// ip_send(packet [, host]). Looks `host` up first if it is a name.
struct IpSend {
  struct Args {
    Dnet* dnet;
    std::string_view packet, host;
    Address to;
  };
  static Args parse(lua_State* state) {
    Args args{&DnetClass::check(state, 1), {}, {}, {}};
    if (!args.dnet->ip.id) luaL_error(state, "raw socket not open to send");
    args.packet = check_string(state, 2);
    if (!lua_isnoneornil(state, 3)) args.host = check_peer(state, 3).host;
    const auto to = destination(args.packet);
    if (!to) luaL_error(state, "can't parse ip packet");
    args.to = *to;
    check_idle(state, to->is_v4() ? args.dnet->ip : args.dnet->ip6);
    return args;
  }
  static void start(Runtime& runtime, ScriptThread& thread, lua_State*, const Args& args) noexcept {
    Socket& socket = args.to.is_v4() ? args.dnet->ip : args.dnet->ip6;
    if (!socket.id) {
      auto opened = runtime.parts.raw_sockets.open_raw_ip(socket.family);
      if (!opened)
        return thread.start<pending::Immediate>("send").done(
            {.status = core::Status::Refused, .data = "error while sending: " + opened.error().message});
      socket.hold(*opened, thread);
    }
    std::string packet(args.packet), host(args.host);
    if (host.empty()) return send(runtime, thread, socket, args.to, std::move(packet));
    const auto family = Address::parse(host) ? std::nullopt : std::optional(socket.family);
    const auto& lookup = thread.start<pending::Lookup>(&socket, Outbound{.datagram = std::move(packet)});
    runtime.parts.resolver.resolve(std::move(host), family, lookup.done);
  }
  static bool next_stage(Runtime& runtime, ScriptThread& thread) noexcept {
    auto* lookup = thread.pending<pending::Lookup>();
    if (!lookup || thread.reply().status != core::Status::Ok) return true;
    send(runtime, thread, *lookup->socket, thread.reply().addresses.front(), std::move(lookup->outbound.datagram));
    return false;
  }
  static int push(lua_State* state, Runtime&, ScriptThread& thread) {
    const core::Reply& reply = thread.reply();
    lua_pushboolean(state, reply.status == core::Status::Ok);
    if (reply.status == core::Status::Ok) return 1;
    if (reply.status == core::Status::Error)
      lua_pushfstring(state, "error while sending: %s (errno %d)", std::strerror(reply.error), reply.error);
    else
      lua::push_string(state, reply.data);
    return 2;
  }

 private:
  static void send(Runtime& runtime, ScriptThread& thread, Socket& socket, const Address& to,
                   std::string packet) noexcept {
    if (runtime.options.script_trace)
      runtime.trace.says(fmt::format("RAW SEND {} bytes to {}", packet.size(), to.text()));
    const core::Completion done = thread.start<pending::SocketOperation>(socket, "send").done;
    runtime.parts.sockets.send_to(socket.id, {runtime.scoped(to, thread), 0}, std::move(packet), done);
  }
};

int new_dnet(lua_State* state) {
  DnetClass::push(state, lua::owner<Runtime>(state));
  return 1;
}

}  // namespace

int open_dnet(lua_State* state) {
  static const luaL_Reg kMethods[] = {
      {"ethernet_open", lua::call<EthernetOpen>},
      {"ethernet_send", block<EthernetSend>},
      {"ethernet_close", ethernet_close},
      {"ip_open", lua::call<IpOpen>},
      {"ip_send", block<IpSend>},
      {"ip_close", ip_close},
      {nullptr, nullptr},
  };
  DnetClass::define(state, kMethods);
  lua_pop(state, 1);
  static const luaL_Reg kFunctions[] = {
      {"new", new_dnet}, {"get_interface_info", get_interface_info}, {nullptr, nullptr}};
  luaL_newlib(state, kFunctions);
  return 1;
}

}  // namespace sluice::nse
