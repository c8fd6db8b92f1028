// SPDX-License-Identifier: Apache-2.0
#include "output/xml_host_reader.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "output/parse_text.hpp"
#include "output/phrases.hpp"
#include "output/xml_script_reader.hpp"

namespace sluice::output {

namespace {

using model::bytes_of;

constexpr std::string_view kIncomplete = "incomplete: ";

int ttl_of(const model::XmlAttributes& attributes) {
  return parse_number<std::uint8_t>(attributes["reason_ttl"]).value_or(0);
}

Error too_many_ports() { return {"a host has more than " + std::to_string(model::kMaxHostPorts) + " ports"}; }

PortDetail& detail_of(PortReport& port) {
  if (!port.detail) port.detail = std::make_unique<PortDetail>();
  return *port.detail;
}

}  // namespace

XmlHostReader::XmlHostReader(const model::XmlAttributes& attributes) {
  host_.start = parse_unix(attributes["starttime"]).value_or(WallTime{});
  host_.end = parse_unix(attributes["endtime"]).value_or(WallTime{});
  host_.timed_out = attributes["timedout"] == "true";
  const std::string comment = bytes_of(attributes["comment"]);
  if (comment.starts_with(kIncomplete)) host_.incomplete = comment.substr(kIncomplete.size());
}

Result<void> XmlHostReader::open_element(XmlElement element, const model::XmlAttributes& attributes) {
  switch (element) {
    case XmlElement::Status:
      open_status(attributes);
      return {};
    case XmlElement::Address:
      return open_address(attributes);
    case XmlElement::HostName:
      open_name(attributes);
      return {};
    case XmlElement::Ports:
      host_.ports_scanned = true;
      return {};
    case XmlElement::ExtraPorts:
      return start_extra_ports(attributes);
    case XmlElement::ExtraReasons:
      return add_extra_ports(attributes);
    case XmlElement::Port:
      return open_port(attributes);
    case XmlElement::State:
      return open_state(attributes);
    case XmlElement::Service:
      open_service(attributes);
      return {};
    case XmlElement::Cpe:
      if (service_ && service_->cpe.size() < model::kMaxCpes) cpe_.emplace();
      return {};
    case XmlElement::Times:
      open_times(attributes);
      return {};
    default:
      return {};
  }
}

void XmlHostReader::text(std::string_view part) {
  if (cpe_ && cpe_->size() + part.size() <= model::kMaxCpeBytes) *cpe_ += part;
}

void XmlHostReader::close_element(XmlElement element) {
  if (element == XmlElement::Cpe && cpe_) {
    service_->cpe.push_back(bytes_of(*cpe_));
    cpe_.reset();
  } else if (element == XmlElement::Service) {
    close_service();
  } else if (element == XmlElement::Port && port_) {
    host_.ports.push_back(*std::exchange(port_, std::nullopt));
  }
}

void XmlHostReader::add(XmlElement outer, ScriptResult result) {
  if (outer == XmlElement::HostScript)
    host_.scripts.push_back(std::move(result));
  else if (port_)
    detail_of(*port_).scripts.push_back(std::move(result));
}

Result<HostReport> XmlHostReader::finish() && {
  if (!has_address_) return Error{"a host has no address"};
  if (!has_status_) host_.up = !host_.ports.empty();  // masscan reports only what has answered
  if (has_extra_ports_)
    std::ranges::stable_sort(host_.ports, {},
                             [](const PortReport& port) { return std::pair(port.protocol, port.number); });
  for (PortReport& port : host_.ports)
    if (port.detail) sort_by_id(port.detail->scripts);
  sort_by_id(host_.scripts);
  return std::move(host_);
}

Result<void> XmlHostReader::open_address(const model::XmlAttributes& attributes) {
  const std::string_view text = attributes["addr"];
  if (attributes["addrtype"] == "mac") {
    host_.mac = parse_mac(text).value_or("");
    host_.mac_vendor = bytes_of(attributes["vendor"]);
    return {};
  }
  if (has_address_) return {};
  const auto address = parse_address(text);
  if (!address) return Error{in_quotes(text) + " is not an address"};
  host_.address = *address;
  has_address_ = true;
  return {};
}

void XmlHostReader::open_status(const model::XmlAttributes& attributes) {
  has_status_ = true;
  host_.reason = reason_of(attributes["reason"]);
  host_.reason_ttl = ttl_of(attributes);
  host_.up = attributes["state"] == "up";
  host_.listed_only = attributes["state"] == "unknown" && host_.reason != Reason::NotSent;
}

void XmlHostReader::open_name(const model::XmlAttributes& attributes) {
  std::string& name = attributes["type"] == "user" ? host_.target_name : host_.reverse_name;
  if (name.empty()) name = bytes_of(attributes["name"]);
}

Result<void> XmlHostReader::open_port(const model::XmlAttributes& attributes) {
  port_.reset();
  const auto protocol = parse_protocol(attributes["protocol"]);
  const auto number = parse_number<std::uint16_t>(attributes["portid"]);
  if (!protocol) return {};  // from a scan of IP protocols
  if (!number) return Error{in_quotes(attributes["portid"]) + " is not a port between 0 and 65535"};
  if (host_.ports.size() >= model::kMaxHostPorts) return too_many_ports();
  port_.emplace();
  port_->number = *number;
  port_->protocol = *protocol;
  port_->state = PortState::Unknown;
  return {};
}

Result<void> XmlHostReader::open_state(const model::XmlAttributes& attributes) {
  if (!port_) return {};
  const auto state = parse_port_state(attributes["state"]);
  if (!state) return Error{in_quotes(attributes["state"]) + " is not a state of a port"};
  port_->state = *state;
  port_->reason = reason_of(attributes["reason"]);
  port_->reason_ttl = static_cast<std::int16_t>(ttl_of(attributes));
  return {};
}

void XmlHostReader::open_service(const model::XmlAttributes& attributes) {
  if (!port_) return;
  if (const auto banner = attributes.find("banner"))  // of masscan; the name is that of the reader of the banner
    return add(XmlElement::Port, {"banner", bytes_of(*banner), std::nullopt});
  service_ = model::read_service(attributes);
}

void XmlHostReader::close_service() {
  if (!service_ || !port_) return;
  if (!has_details(*service_) && service_->confidence == Service{}.confidence)  // from the table of services
    port_->table_service = std::move(service_->name);
  else
    detail_of(*port_).service = std::move(*service_);
  service_.reset();
}

Result<void> XmlHostReader::start_extra_ports(const model::XmlAttributes& attributes) {
  const auto state = parse_port_state(attributes["state"]);
  if (!state) return Error{in_quotes(attributes["state"]) + " is not a state of a port"};
  extra_state_ = *state;
  return {};
}

Result<void> XmlHostReader::add_extra_ports(const model::XmlAttributes& attributes) {
  const auto protocol = parse_protocol(attributes["proto"]);
  const auto numbers = attributes.find("ports");
  if (!protocol || !numbers) return {};  // versions of nmap before 7.93 give only the count
  has_extra_ports_ = true;
  const Reason reason = reason_of(attributes["reason"]);
  const bool right = for_each_number(*numbers, [&](std::uint16_t number) {
    PortReport& port = host_.ports.emplace_back();
    port.number = number;
    port.protocol = *protocol;
    port.state = extra_state_;
    port.reason = reason;
  });
  if (!right) return Error{in_quotes(*numbers) + " is not a list of ports such as 1-21,80"};
  if (host_.ports.size() > model::kMaxHostPorts) return too_many_ports();
  return {};
}

void XmlHostReader::open_times(const model::XmlAttributes& attributes) {
  const auto microseconds = [&](std::string_view name) { return parse_number<std::uint32_t>(attributes[name]); };
  const auto srtt = microseconds("srtt"), rttvar = microseconds("rttvar"), timeout = microseconds("to");
  if (srtt && rttvar && timeout)
    host_.times = RoundTrip{Microseconds(*srtt), Microseconds(*rttvar), Microseconds(*timeout)};
}

}  // namespace sluice::output
