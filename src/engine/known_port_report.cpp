// SPDX-License-Identifier: Apache-2.0
#include "engine/known_port_report.hpp"

#include <memory>

namespace sluice::engine {

PortReport port_report(const model::KnownPort& known, const model::ServiceTable& services) {
  PortReport port;
  port.number = known.port;
  port.protocol = known.protocol;
  port.state = PortState::Open;
  port.reason = Reason::UserSet;
  port.table_service = services.name(known.port, known.protocol);
  const bool named = !known.service.empty() && known.service != port.table_service;
  if (!known.detected && !known.tls && !named) return port;
  port.detail = std::make_unique<PortDetail>();
  Service& service = port.detail->service.emplace();
  if (known.detected) {
    service = *known.detected;
    if (service.name.empty()) service.name = port.table_service;
  } else {
    service.name = known.service.empty() ? port.table_service : known.service;
    service.tls = known.tls;
  }
  return port;
}

}  // namespace sluice::engine
