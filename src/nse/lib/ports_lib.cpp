// SPDX-License-Identifier: Apache-2.0
#include "nse/lib/ports_lib.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "lua/binding.hpp"
#include "nse/runtime/host_table.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::nse {
namespace {

using Ports = std::vector<PortReport>;

struct PortName {
  std::uint16_t number;
  Protocol protocol;
};

bool before(const PortReport& port, const PortName& name) {
  return std::tie(port.protocol, port.number) < std::tie(name.protocol, name.number);
}

PortName check_port(lua_State* state, int index) {
  luaL_checktype(state, index, LUA_TTABLE);
  lua_getfield(state, index, "number");
  if (!lua_isinteger(state, -1)) luaL_error(state, "port 'number' field must be an integer");
  const auto number = static_cast<std::uint16_t>(lua_tointeger(state, -1));
  lua_getfield(state, index, "protocol");
  if (lua_type(state, -1) != LUA_TSTRING) luaL_error(state, "port 'protocol' field must be a string");
  const auto protocol = parse_protocol(lua_tostring(state, -1));
  if (!protocol) luaL_error(state, "port 'protocol' field must be \"udp\", \"sctp\" or \"tcp\"");
  lua_pop(state, 2);
  return {number, *protocol};
}

/// Returns the port; null if it was not scanned.
PortReport* find_port(Ports& ports, const PortName& name) {
  const auto found = std::lower_bound(ports.begin(), ports.end(), name, before);
  const bool there = found != ports.end() && found->number == name.number && found->protocol == name.protocol;
  return there ? &*found : nullptr;
}

int push_port_or_nil(lua_State* state, const PortReport* port) {
  if (port)
    push_port(state, *port);
  else
    lua_pushnil(state);
  return 1;
}

int get_port_state(lua_State* state) {
  Ports& ports = check_host(state, 1).report->ports;
  const PortReport* port = find_port(ports, check_port(state, 2));
  return push_port_or_nil(state, port);
}

/// Returns the next port with a state, in ascending order. The first call returns ports of the given protocol only. As
/// under Nmap, later calls continue with the next protocols (docs/nse-compat.md, "The nmap library").
int get_ports(lua_State* state) {
  static const char* const kProtocols[] = {"tcp", "udp", "sctp", nullptr};
  static const char* const kStates[] = {"open",          "filtered",        "unfiltered", "closed",
                                        "open|filtered", "closed|filtered", nullptr};
  Ports& ports = check_host(state, 1).report->ports;
  const auto protocol = static_cast<Protocol>(luaL_checkoption(state, 3, nullptr, kProtocols));
  const auto wanted = parse_port_state(kStates[luaL_checkoption(state, 4, nullptr, kStates)]);
  const bool first = lua_isnil(state, 2);
  auto next = ports.begin();
  if (first) {
    next = std::lower_bound(ports.begin(), ports.end(), PortName{0, protocol}, before);
  } else {
    const PortName after = check_port(state, 2);
    next = std::lower_bound(ports.begin(), ports.end(), after, before);
    if (next != ports.end() && next->number == after.number && next->protocol == after.protocol) ++next;
  }
  next = std::find_if(next, ports.end(), [&](const PortReport& port) { return port.state == wanted; });
  return push_port_or_nil(state, next == ports.end() || (first && next->protocol != protocol) ? nullptr : &*next);
}

int set_port_state(lua_State* state) {
  static const char* const kStates[] = {"open", "closed", nullptr};
  const ScriptHost& host = check_host(state, 1);
  PortReport* port = find_port(host.report->ports, check_port(state, 2));
  const PortState wanted = luaL_checkoption(state, 3, nullptr, kStates) ? PortState::Closed : PortState::Open;
  if (!port || port->state == wanted) return 0;
  port->state = wanted;
  port->reason = Reason::ScriptSet;
  port->reason_ttl = 0;
  if (wanted == PortState::Open) lua::owner<Runtime>(state).observer.on_port_opened(*host.report, *port);
  return 0;
}

/// Reads a field of the table on top of the stack. Keeps at most `most` bytes, and replaces bytes that are not
/// printable by dots.
void read_text(lua_State* state, const char* field, std::size_t most, std::string& out) {
  if (lua_getfield(state, -1, field) != LUA_TNIL) {
    std::size_t size = 0;
    const char* text = luaL_checklstring(state, -1, &size);
    out.assign(text, std::min(size, most));
    for (char& c : out)
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '.';
  }
  lua_pop(state, 1);
}

int set_port_version(lua_State* state) {
  enum { kHard, kSoft, kNone, kWrapped, kIncomplete };
  static const char* const kStates[] = {"hardmatched", "softmatched", "nomatch", "tcpwrapped", "incomplete", nullptr};
  const ScriptHost& host = check_host(state, 1);
  PortReport* port = find_port(host.report->ports, check_port(state, 2));
  const int probe = luaL_checkoption(state, 3, "hardmatched", kStates);
  if (lua_getfield(state, 2, "version") != LUA_TTABLE) luaL_error(state, "port 'version' field must be a table");
  lua_getfield(state, -1, "service_tunnel");
  static const char* const kTunnels[] = {"none", "ssl", nullptr};
  bool tls = false;
  if (!lua_isnil(state, -1)) {
    const std::string_view tunnel = lua_isstring(state, -1) ? lua_tostring(state, -1) : "";
    if (tunnel != kTunnels[0] && tunnel != kTunnels[1])
      return luaL_argerror(state, 2, "invalid value for port.version.service_tunnel");
    tls = tunnel == kTunnels[1];
  }
  lua_pop(state, 1);
  const int cpe = lua_getfield(state, -1, "cpe");
  if (cpe != LUA_TNIL && cpe != LUA_TTABLE) luaL_error(state, "port.version 'cpe' field must be a table");
  lua_insert(state, -2);  // cpe, version
  if (!port) return 0;

  // Reads into the report itself, not into a local object: a field of a wrong type raises, and the object would leak.
  if (!port->detail) port->detail = std::make_unique<PortDetail>();
  Service& service = port->detail->service.emplace();
  if (lua_getfield(state, -1, "name") == LUA_TSTRING) service.name = lua::check_string(state, -1);
  lua_pop(state, 1);
  read_text(state, "product", 80, service.product);
  read_text(state, "version", 80, service.version);
  read_text(state, "extrainfo", 256, service.extrainfo);
  read_text(state, "hostname", 80, service.hostname);
  read_text(state, "ostype", 32, service.ostype);
  read_text(state, "devicetype", 32, service.devicetype);
  if (probe != kHard) read_text(state, "service_fp", std::string::npos, service.fingerprint);
  service.tls = tls;
  service.probed = probe <= kSoft || probe == kWrapped;
  service.confidence = probe <= kSoft ? 10 : probe == kWrapped ? 8 : 3;
  if (service.name.empty()) {
    if (probe == kWrapped) service.name = "tcpwrapped";
    if (!service.probed) service.name = port->table_service;
  }
  lua_pop(state, 1);
  if (cpe == LUA_TTABLE) {
    for (lua_Integer index = 1; lua_geti(state, -1, index) != LUA_TNIL; ++index) {
      const std::string_view text = lua::check_string(state, -1);
      service.cpe.emplace_back(text.substr(0, 80));
      lua_pop(state, 1);
    }
  }
  return 0;
}

int port_is_excluded(lua_State* state) {
  const auto port = static_cast<std::uint16_t>(luaL_checkinteger(state, 1));
  const auto protocol = parse_protocol(luaL_checkstring(state, 2));
  const auto& is_excluded = lua::owner<Runtime>(state).options.is_excluded;
  lua_pushboolean(state, is_excluded && protocol && is_excluded(port, *protocol));
  return 1;
}

}  // namespace

void set_port_functions(lua_State* state) {
  static const luaL_Reg kFunctions[] = {{"get_port_state", get_port_state},     {"get_ports", get_ports},
                                        {"set_port_state", set_port_state},     {"set_port_version", set_port_version},
                                        {"port_is_excluded", port_is_excluded}, {nullptr, nullptr}};
  luaL_setfuncs(state, kFunctions, 0);
}

}  // namespace sluice::nse
