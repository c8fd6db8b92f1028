// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/host_run.hpp"
#include "engine/version_plan.hpp"

// Version detection of a host, between its port scan and its scripts.

namespace sluice::engine {

bool HostRun::begin_detection() {
  if (!tools_.detector) return false;
  service::HostToDetect host;
  for (std::uint32_t place = 0; place < report->ports.size(); ++place) {
    const PortReport& port = report->ports[place];
    const bool open = port.state == PortState::Open || port.state == PortState::OpenFiltered;
    const bool known = port.detail && port.detail->service && port.detail->service->probed;
    const bool decided = earlier_ && std::ranges::count(earlier_->decided, std::pair(port.protocol, port.number)) > 0;
    if (!open || known || decided || tools_.plan.versions->is_excluded(port.number, port.protocol)) continue;
    host.ports.push_back({port.number, port.protocol});
    detected_ports_.push_back(place);
  }
  if (host.ports.empty()) return false;
  host.address = report->address;
  host.server_name = report->target_name;
  if (tools_.options.source) host.local = Endpoint{*tools_.options.source, 0};
  host.line = &line;
  if (report->times) host.srtt = report->times->srtt;
  stage_ = Stage::Detecting;
  tools_.tasks.versions.start();
  if (tools_.events.verbose())
    tools_.events.log(fmt::format("Scanning {} service{} on {}", host.ports.size(), host.ports.size() == 1 ? "" : "s",
                                  display_name(*report)),
                      1);
  if (tools_.options.tells_ports) emit_ports(report->ports, report->times, true);
  detection_ = tools_.detector->start(std::move(host), *this);
  return true;
}

void HostRun::on_detected(service::HostId, std::size_t index, service::Detected detected) {
  PortReport& port = report->ports[detected_ports_[index]];
  if (port.state == PortState::OpenFiltered && detected.answered) {
    port.state = PortState::Open;
    port.reason = Reason::UdpResponse;
  }
  event::ServiceDetected event{report->address, port.number, port.protocol, {}, "", 0, detected.connections, {}};
  event.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(detected.elapsed);
  auto service = service_of(detected, port, tools_.options.version_intensity, tools_.events.clock().wall());
  if (service) {
    event.service = *service;
    if (!port.detail) port.detail = std::make_unique<PortDetail>();
    port.detail->service = std::move(service);
  } else if (port.detail && port.detail->service) {
    event.service = *port.detail->service;  // from --targets-from
  } else {
    event.service.name = port.table_service;
  }
  if (detected.hit) {
    event.probe = detected.probe->name;
    event.line = detected.hit->line->number;
  }
  tools_.events.emit(std::move(event));
}

void HostRun::on_host_detected(service::HostId) {
  detection_ = {};
  mark_due();
}

}  // namespace sluice::engine
