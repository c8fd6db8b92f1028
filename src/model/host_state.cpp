// SPDX-License-Identifier: Apache-2.0
#include "model/host_state.hpp"

#include <algorithm>
#include <iterator>
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
  std::vector<PortReport> fresh = std::exchange(host.ports, {});
  // Both are in order. To insert ports one by one would take quadratic time.
  host.ports.reserve(ports.size() + fresh.size());
  auto known = ports.begin();
  for (PortReport& port : fresh) {
    for (; known != ports.end() && key_of(*known) < key_of(port); ++known) host.ports.push_back(std::move(*known));
    if (known != ports.end() && key_of(*known) == key_of(port)) {
      if (!port.detail) port.detail = std::move(known->detail);
      ++known;
    }
    host.ports.push_back(std::move(port));
  }
  std::move(known, ports.end(), std::back_inserter(host.ports));
}

}  // namespace sluice
