// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/host_table.hpp"

#include "lua/binding.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

constexpr const char* kHandle = "_Target";
constexpr int kFields = 16, kFieldsWithin = 4;  ///< preallocated fields of a host table, and of tables in it

/// Sets a field to a temporary string. The string is moved to the scratch first, because pushing it may raise.
void set_made(lua_State* state, const char* key, std::string text) {
  std::string& scratch = lua::home(state).scratch;
  scratch = std::move(text);
  lua::set_field(state, key, scratch);
}

void set_seconds(lua_State* state, const char* key, Microseconds time) {
  lua_pushnumber(state, static_cast<lua_Number>(time.count()) / 1e6);
  lua_setfield(state, -2, key);
}

void set_if_told(lua_State* state, const char* key, std::string_view text) {
  if (!text.empty()) lua::set_field(state, key, text);
}

void set_route(lua_State* state, const net::Route* route) {
  lua::set_integer(state, "interface_mtu", route ? route->mtu : 0);
  if (!route) return;
  lua::set_field(state, "interface", route->device);
  lua::set_boolean(state, "directly_connected", !route->next_hop);
  if (route->source) set_made(state, "bin_ip_src", route->source->bytes());
  set_if_told(state, "mac_addr_src", route->mac);
  set_if_told(state, route->next_hop ? "mac_addr_next_hop" : "mac_addr", route->neighbour_mac);
}

bool is_shared(lua_State* state, int key) {
  return lua_type(state, key) == LUA_TSTRING && std::string_view(lua_tostring(state, key)) == "registry";
}

/// Pushes a deep copy of the table at `index`. Shares tables in the field "registry". `fields`: how many fields to
/// preallocate.
void push_copy(lua_State* state, int index, int fields) {
  luaL_checkstack(state, 6, "a host table is nested too deeply");
  index = lua_absindex(state, index);
  lua_createtable(state, static_cast<int>(lua_rawlen(state, index)), fields);
  lua_pushnil(state);
  while (lua_next(state, index)) {
    lua_pushvalue(state, -2);
    if (lua_type(state, -2) == LUA_TTABLE && !is_shared(state, -1))
      push_copy(state, -2, kFieldsWithin);
    else
      lua_pushvalue(state, -2);
    lua_rawset(state, -5);
    lua_pop(state, 1);
  }
}

}  // namespace

void push_host(lua_State* state, const ScriptHost& host) {
  const HostReport& report = *host.report;
  lua_createtable(state, 0, kFields);
  set_made(state, "ip", report.address.text());
  set_made(state, "bin_ip", report.address.bytes());
  lua::set_field(state, "name", report.reverse_name);
  set_if_told(state, "targetname", report.target_name);
  lua_newtable(state);
  lua_setfield(state, -2, "registry");
  lua::set_field(state, "reason", to_text(report.reason));
  lua::set_integer(state, "reason_ttl", report.reason_ttl);
  set_route(state, host.route ? &*host.route : nullptr);
  const RoundTrip times = report.times.value_or(RoundTrip{Microseconds(-1), Microseconds(-1), std::chrono::seconds(1)});
  lua_createtable(state, 0, 3);
  set_seconds(state, "srtt", times.srtt);
  set_seconds(state, "rttvar", times.rttvar);
  set_seconds(state, "timeout", times.timeout);
  lua_setfield(state, -2, "times");
  // The serial identifies the host. It is a light userdata, because scripts cannot create one.
  lua_pushlightuserdata(state, reinterpret_cast<void*>(static_cast<std::uintptr_t>(host.serial)));
  lua_setfield(state, -2, kHandle);
}

void push_host_copy(lua_State* state, const ScriptHost& host) {
  host.table.push(state);
  if (lua_isnil(state, -1)) luaL_error(state, "not enough memory");
  push_copy(state, -1, kFields);
  lua_remove(state, -2);
}

void push_port(lua_State* state, const PortReport& port) {
  static const Service kNone;
  const Service* probed = port.detail && port.detail->service ? &*port.detail->service : nullptr;
  const Service& service = probed ? *probed : kNone;
  const std::string_view name = probed ? std::string_view(service.name) : port.table_service;
  lua_createtable(state, 0, 8);
  lua::set_integer(state, "number", port.number);
  lua::set_field(state, "protocol", to_text(port.protocol));
  lua::set_field(state, "state", to_text(port.state));
  lua::set_field(state, "reason", to_text(port.reason));
  lua::set_integer(state, "reason_ttl", port.reason_ttl);
  set_if_told(state, "service", name);
  lua_createtable(state, 0, 12);
  set_if_told(state, "name", name);
  lua_pushnumber(state, probed ? service.confidence : 3);
  lua_setfield(state, -2, "name_confidence");
  set_if_told(state, "product", service.product);
  set_if_told(state, "version", service.version);
  set_if_told(state, "extrainfo", service.extrainfo);
  set_if_told(state, "hostname", service.hostname);
  set_if_told(state, "ostype", service.ostype);
  set_if_told(state, "devicetype", service.devicetype);
  set_if_told(state, "service_fp", service.fingerprint);
  lua::set_field(state, "service_tunnel", service.tls ? "ssl" : "none");
  lua::set_field(state, "service_dtype", service.probed ? "probed" : "table");
  lua_createtable(state, static_cast<int>(service.cpe.size()), 0);
  for (std::size_t index = 0; index < service.cpe.size(); ++index) {
    lua::push_string(state, service.cpe[index]);
    lua_rawseti(state, -2, static_cast<lua_Integer>(index) + 1);
  }
  lua_setfield(state, -2, "cpe");
  lua_setfield(state, -2, "version");
}

ScriptHost& check_host(lua_State* state, int index) {
  luaL_checktype(state, index, LUA_TTABLE);
  const Runtime& runtime = lua::owner<Runtime>(state);
  ScriptHost* host = nullptr;
  if (lua_getfield(state, index, kHandle) == LUA_TLIGHTUSERDATA) {
    host = runtime.find_host(std::uint64_t{reinterpret_cast<std::uintptr_t>(lua_touserdata(state, -1))});
    lua_pop(state, 1);
  } else {
    lua_pop(state, 1);
    lua_getfield(state, index, "ip");
    if (!lua_isstring(state, -1)) {
      lua_pop(state, 1);
      lua_getfield(state, index, "targetname");
    }
    if (!lua_isstring(state, -1)) luaL_error(state, "host table does not have a 'ip' or 'targetname' field");
    host = runtime.find_host(lua::check_string(state, -1));
    lua_pop(state, 1);
  }
  if (!host) luaL_argerror(state, index, "host is not being processed right now");
  return *host;
}

}  // namespace sluice::nse
