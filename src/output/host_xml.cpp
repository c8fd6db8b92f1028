// SPDX-License-Identifier: Apache-2.0
#include "output/host_xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "output/append.hpp"
#include "output/escape.hpp"
#include "output/ignored_ports.hpp"
#include "output/phrases.hpp"
#include "output/script_text.hpp"

namespace sluice::output {
namespace {

void append_names(std::string& out, const HostReport& host) {
  const bool named = !host.target_name.empty() || !host.reverse_name.empty();
  if (!host.up && !host.listed_only && !named) return;
  out += "<hostnames>\n";
  if (!host.target_name.empty()) append(out, "<hostname{} type=\"user\"/>\n", xml_attribute("name", host.target_name));
  if (!host.reverse_name.empty()) append(out, "<hostname{} type=\"PTR\"/>\n", xml_attribute("name", host.reverse_name));
  out += "</hostnames>\n";
}

void append_extraports(std::string& out, const IgnoredPorts& entry) {
  append(out, "<extraports state=\"{}\" count=\"{}\">\n", to_text(entry.state), entry.count);
  for (const IgnoredPorts::Part& part : entry.parts)
    append(out, "<extrareasons reason=\"{}\" count=\"{}\" proto=\"{}\" ports=\"{}\"/>\n", to_text(part.reason),
           part.count, to_text(part.protocol), part.ports);
  out += "</extraports>\n";
}

void append_service(std::string& out, const PortReport& port) {
  const std::string_view name = service_name(port);
  if (name.empty()) return;
  if (!port.detail || !port.detail->service) {
    append(out, "<service{} method=\"table\" conf=\"3\"/>", xml_attribute("name", name));
    return;
  }
  const Service& service = *port.detail->service;
  out += "<service" + xml_attribute("name", name);
  const auto optional = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) out += xml_attribute(key, value);
  };
  optional("product", service.product);
  optional("version", service.version);
  optional("extrainfo", service.extrainfo);
  optional("hostname", service.hostname);
  optional("ostype", service.ostype);
  optional("devicetype", service.devicetype);
  optional("servicefp", service.fingerprint);
  append(out, "{} method=\"{}\" conf=\"{}\"", service.tls ? " tunnel=\"ssl\"" : "", service.probed ? "probed" : "table",
         std::clamp(service.confidence, 0, 10));
  if (service.cpe.empty()) {
    out += "/>";
    return;
  }
  out += '>';
  for (const std::string& cpe : service.cpe) append(out, "<cpe>{}</cpe>", xml_escape(cpe));
  out += "</service>";
}

void append_port(std::string& out, const PortReport& port) {
  append(out, "<port protocol=\"{}\" portid=\"{}\"><state state=\"{}\" reason=\"{}\" reason_ttl=\"{}\"/>",
         to_text(port.protocol), port.number, to_text(port.state), to_text(port.reason), port.reason_ttl);
  append_service(out, port);
  if (port.detail)
    for (const ScriptResult& script : port.detail->scripts) out += script_xml(script);
  out += "</port>\n";
}

}  // namespace

std::string xml_attribute(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, xml_escape(value));
}

std::string host_xml(const HostReport& host, const WriterOptions& options) {
  std::string out = "<host";
  if (host.start != WallTime{})
    append(out, " starttime=\"{}\" endtime=\"{}\"", unix_seconds(host.start), unix_seconds(host.end));
  const std::string incomplete =
      host.incomplete.empty() || host.timed_out ? "" : xml_attribute("comment", "incomplete: " + host.incomplete);
  append(out, "{}{}><status state=\"{}\" reason=\"{}\" reason_ttl=\"{}\"/>\n",
         host.timed_out ? " timedout=\"true\"" : "", incomplete, status_text(host), to_text(host.reason),
         host.reason_ttl);
  append(out, "<address addr=\"{}\" addrtype=\"{}\"/>\n", host.address.text(), host.address.is_v4() ? "ipv4" : "ipv6");
  if (!host.mac.empty())
    append(out, "<address addr=\"{}\" addrtype=\"mac\"{}/>\n", mac_text(host.mac),
           host.mac_vendor.empty() ? "" : xml_attribute("vendor", host.mac_vendor));
  append_names(out, host);
  // A host that timed out during its port scan has <ports> only if ports were found.
  if (host.ports_scanned || !host.ports.empty()) {
    const std::vector<IgnoredPorts> ignored = ignored_ports(host, options);
    out += "<ports>";
    for (const IgnoredPorts& entry : ignored) append_extraports(out, entry);
    for (const PortReport& port : host.ports)
      if (!is_ignored(ignored, port.state)) append_port(out, port);
    out += "</ports>\n";
  }
  if (!host.scripts.empty()) {
    out += "<hostscript>";
    for (const ScriptResult& script : host.scripts) out += script_xml(script);
    out += "</hostscript>";
  }
  if (host.times)
    append(out, "<times srtt=\"{}\" rttvar=\"{}\" to=\"{}\"/>\n", host.times->srtt.count(), host.times->rttvar.count(),
           host.times->timeout.count());
  return out + "</host>\n";
}

}  // namespace sluice::output
