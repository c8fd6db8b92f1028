// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/interfaces_lib.hpp"

#include <vector>

#include "lua/binding.hpp"
#include "lua/userdata.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

/// Owns the list of interfaces, as a userdata, while they are pushed, because pushing may raise.
struct Snapshot {
  static constexpr const char* kTypeName = "nmap.interfaces";
  std::vector<net::Interface> entries;
};

/// Pushes a Snapshot of the current interfaces, and returns a reference to it.
const Snapshot& push_snapshot(lua_State* state) {
  Snapshot& snapshot = lua::Userdata<Snapshot>::push(state);
  [&]() noexcept { snapshot.entries = lua::owner<Runtime>(state).parts.routing.interfaces(); }();
  return snapshot;
}

const char* name_of(net::Link link) {
  switch (link) {
    case net::Link::Ethernet:
      return "ethernet";
    case net::Link::Loopback:
      return "loopback";
    case net::Link::PointToPoint:
      return "p2p";
    case net::Link::Other:
      break;
  }
  return "other";
}

void set_address(lua_State* state, const char* key, const std::optional<Address>& address) {
  if (!address) return;
  lua::home(state).scratch = address->text();
  lua::set_field(state, key, lua::home(state).scratch);
}

void push_interface(lua_State* state, const net::Interface& interface) {
  lua_createtable(state, 0, 9);
  lua::set_field(state, "device", interface.device);
  lua::set_field(state, "shortname", interface.device);
  lua::set_integer(state, "netmask", interface.prefix);
  set_address(state, "address", interface.address);
  set_address(state, "broadcast", interface.broadcast);
  lua::set_field(state, "link", name_of(interface.link));
  if (!interface.mac.empty()) lua::set_field(state, "mac", interface.mac);
  lua::set_field(state, "up", interface.up ? "up" : "down");
  lua::set_integer(state, "mtu", interface.mtu);
}

int list_interfaces(lua_State* state) {
  const Snapshot& snapshot = push_snapshot(state);
  lua_createtable(state, static_cast<int>(snapshot.entries.size()), 0);
  for (std::size_t index = 0; index < snapshot.entries.size(); ++index) {
    push_interface(state, snapshot.entries[index]);
    lua_rawseti(state, -2, static_cast<lua_Integer>(index) + 1);
  }
  return 1;
}

}  // namespace

int get_interface_info(lua_State* state) {
  const std::string_view name = lua::check_string(state, 1);
  const Family family = lua::owner<Runtime>(state).options.family;
  for (const net::Interface& each : push_snapshot(state).entries) {
    if (each.device != name || !each.address || each.address->family() != family) continue;
    push_interface(state, each);
    return 1;
  }
  lua_pushboolean(state, false);
  lua_pushliteral(state, "failed to find interface");
  return 2;
}

void set_interface_functions(lua_State* state) {
  static const luaL_Reg kNone[] = {{nullptr, nullptr}};
  lua::Userdata<Snapshot>::define(state, kNone);
  lua_pop(state, 1);
  static const luaL_Reg kFunctions[] = {
      {"list_interfaces", list_interfaces}, {"get_interface_info", get_interface_info}, {nullptr, nullptr}};
  luaL_setfuncs(state, kFunctions, 0);
}

}  // namespace sluice::nse
