// SPDX-License-Identifier: Apache-2.0
#include "model/host_state.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::model {

PortReport& port_of(HostReport& host, PortKey key) {
  const auto found = std::ranges::lower_bound(host.ports, key, {}, key_of);
  if (found != host.ports.end() && key_of(*found) == key) return *found;
  PortReport port;
  port.protocol = key.first;
  port.number = key.second;
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
    PortReport& place = port_of(host, key_of(port));
    if (!port.detail) port.detail = std::move(place.detail);
    place = std::move(port);
  }
}

}  // namespace sluice::model
