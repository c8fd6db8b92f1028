// SPDX-License-Identifier: Apache-2.0
#include "model/host_state.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice {

using model::key_of;

PortReport& port_of(HostReport& host, Protocol protocol, std::uint16_t number) {
  const model::PortKey key(protocol, number);
  const auto found = std::ranges::lower_bound(host.ports, key, {}, key_of);
  if (found != host.ports.end() && key_of(*found) == key) return *found;
  PortReport port;
  port.protocol = protocol;
  port.number = number;
  port.state = PortState::Open;
  return *host.ports.insert(found, std::move(port));
}

void add_state(HostReport& host, const HostReport& news) {
  std::vector<PortReport> ports = std::exchange(host.ports, {});
  const WallTime start = host.start;
  const auto times = host.times;
  host = news;
  host.start = start;
  if (!host.times) host.times = times;
  std::vector<PortReport> fresh = std::exchange(host.ports, std::move(ports));
  if (host.ports.empty()) {
    host.ports = std::move(fresh);
    return;
  }
  for (PortReport& port : fresh) {
    PortReport& place = port_of(host, port.protocol, port.number);
    if (!port.detail) port.detail = std::move(place.detail);
    place = std::move(port);
  }
}

}  // namespace sluice
