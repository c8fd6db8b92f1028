// SPDX-License-Identifier: Apache-2.0
#include "model/xml_host.hpp"

#include <memory>
#include <utility>

#include "base/text.hpp"
#include "model/host_name.hpp"

namespace sluice::model {

namespace {

void take_service(const XmlAttributes& attributes, KnownPort& known) {
  if (!attributes["banner"].empty()) return;  // of masscan, where the name is that of a reader of banners
  Service service = read_service(attributes);
  known.tls = service.tls;
  known.service = service.name;
  // Otherwise Nmap did not recognise the service, or did not look.
  if (service.probed || !service.fingerprint.empty()) known.detected = std::make_unique<Service>(std::move(service));
}

}  // namespace

void XmlHost::open_element(std::string_view element, const XmlAttributes& attributes) {
  if (element == "address") {
    take_address(attributes);
  } else if (element == "hostname" && attributes["type"] == "user") {
    if (auto name = ascii_name(bytes_of(attributes["name"])))
      name_ = std::move(*name);
    else
      wrong_ = name.error().message;
  } else if (element == "port") {
    take_port(attributes);
  } else if (element == "state" && port_) {
    open_ = attributes["state"] == "open";
  } else if (element == "service" && port_) {
    take_service(attributes, *port_);
  } else if (element == "cpe" && port_ && port_->detected && port_->detected->cpe.size() < kMaxCpes) {
    cpe_.emplace();
  }
}

void XmlHost::text(std::string_view part) {
  if (cpe_ && cpe_->size() + part.size() <= kMaxCpeBytes) *cpe_ += part;
}

void XmlHost::end(std::string_view element) {
  if (element == "cpe") {
    if (cpe_ && port_ && port_->detected) port_->detected->cpe.push_back(bytes_of(*cpe_));
    cpe_.reset();
  } else if (element == "port") {
    if (port_ && open_) ports_.push_back(std::move(*port_));
    port_.reset();
  }
}

std::optional<Result<std::vector<KnownPort>>> XmlHost::ports() && {
  if (!wrong_.empty()) return Error{std::move(wrong_)};
  if (ports_.empty()) return std::nullopt;
  if (!address_) return Error{"a host has no address"};
  for (KnownPort& port : ports_) {
    port.address = address_;
    port.hostname = name_;
  }
  return std::move(ports_);
}

void XmlHost::take_address(const XmlAttributes& attributes) {
  if (attributes["addrtype"] == "mac") return;
  address_ = Address::parse(attributes["addr"]);
  if (!address_) wrong_ = in_quotes(attributes["addr"]) + " is not an address";
}

void XmlHost::take_port(const XmlAttributes& attributes) {
  port_.reset();
  open_ = false;
  const auto protocol = parse_protocol(attributes["protocol"]);
  const auto number = parse_number<std::uint16_t>(attributes["portid"]);
  if (!protocol) return;  // from a scan of IP protocols
  if (!number || *number == 0) {
    wrong_ = in_quotes(attributes["portid"]) + " is not a port between 1 and 65535";
  } else if (ports_.size() == kMaxHostPorts) {
    wrong_ = "a host has more than 196605 ports";
  } else {
    port_.emplace();
    port_->port = *number;
    port_->protocol = *protocol;
  }
}

}  // namespace sluice::model
