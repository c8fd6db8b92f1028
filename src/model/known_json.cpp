// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "model/known_place.hpp"

namespace sluice::model {

namespace {

using Json = nlohmann::json;
using PortList = std::vector<KnownPort>;

constexpr std::size_t kMaxPorts = std::size_t{3} * 65535;

/// Returns the first of the named members that exists and is not null; otherwise null.
const Json& member(const Json& object, std::initializer_list<const char*> names) {
  static const Json none;
  for (const char* name : names)
    if (const auto found = object.find(name); found != object.end() && !found->is_null()) return *found;
  return none;
}

/// Returns a string, number or boolean as text; otherwise "".
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_primitive() && !value.is_null() ? value.dump() : "";
}

bool is_open(const Json& object) {
  const std::string state = text_of(member(object, {"status", "state"}));
  return state.empty() || state == "open";
}

/// Reads a number, {"port": 22, "proto": "tcp"} of masscan, or {"Port": 22, "Protocol": 0, "TLS": false} of naabu.
Result<void> read_port(const Json& port, KnownPort& known) {
  const Json& number = port.is_object() ? member(port, {"port", "Port"}) : port;
  if (number.is_null()) return wrong_part(port.dump(-1, ' ', true, Json::error_handler_t::replace), "has no port");
  std::string text = text_of(number);
  if (port.is_object()) {
    std::string protocol = text_of(member(port, {"proto", "protocol", "Protocol"}));
    if (protocol == "0") protocol = "tcp";
    if (protocol == "1") protocol = "udp";
    if (!protocol.empty()) text += "/" + protocol;
    if (const Json& tls = member(port, {"tls", "TLS"}); tls.is_boolean()) known.tls = tls.get<bool>();
    if (const Json& service = member(port, {"service"}); service.is_object()) {
      // The name of a banner of masscan is the name of its reader ("http.server", "title"), not of the service.
      if (member(service, {"banner"}).is_null()) known.service = text_of(member(service, {"name"}));
    } else {
      known.service = text_of(service);
    }
  }
  if (known.service == "unknown") known.service.clear();
  for (char& c : known.service)
    if (is_space(c)) c = '-';
  return parse_port_and_protocol(text, known);
}

Result<void> read_object(const Json& object, PortList& ports) {
  if (!object.is_object())
    return wrong_part(object.dump(-1, ' ', true, Json::error_handler_t::replace), "is not a JSON object");
  if (object.empty()) return {};
  if (!member(object, {"finished"}).is_null()) return {};  // the last object of older versions of masscan
  if (text_of(member(object, {"rec_type"})) == "banner") return {};
  if (const Json& data = member(object, {"data"}); data.is_object() && !is_open(data)) return {};
  if (!is_open(object)) return {};

  KnownPort host;
  const std::string address = text_of(member(object, {"ip", "saddr", "address", "addr"}));
  const std::string name = text_of(member(object, {"host", "hostname"}));
  if (auto read = parse_host(address.empty() ? name : address, host); !read) return read;
  if (host.address && is_hostname(name))
    if (auto read = parse_hostname(name, host); !read) return read;

  const auto add = [&](const Json& port) -> Result<void> {
    KnownPort known;
    known.address = host.address;
    known.hostname = host.hostname;
    if (auto read = read_port(port, known); !read) return read;
    if (ports.size() < kMaxPorts) ports.push_back(std::move(known));
    return {};
  };
  const Json& list = member(object, {"ports"});
  if (!list.is_array())
    return add(member(object, {"port", "Port"}).is_object() ? member(object, {"port", "Port"}) : object);
  for (const Json& port : list) {
    if (port.is_object() && !is_open(port)) continue;
    if (auto added = add(port); !added) return added;
  }
  return {};
}

}  // namespace

Result<PortList> parse_json_ports(std::string_view text) {
  const Json object = Json::parse(text.begin(), text.end(), nullptr, false);
  if (object.is_discarded()) return wrong_part(text, "is not a JSON object");
  PortList ports;
  if (auto read = read_object(object, ports); !read) return read.error();
  return ports;
}

}  // namespace sluice::model
