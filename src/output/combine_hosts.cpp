// SPDX-License-Identifier: Apache-2.0
#include "output/combine_hosts.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice::output {
namespace {

using Place = std::pair<Protocol, std::uint16_t>;

Place place_of(const PortReport& port) { return {port.protocol, port.number}; }

void add_missing(std::vector<ScriptResult>& results, const std::vector<ScriptResult>& others) {
  for (const ScriptResult& other : others)
    if (std::ranges::find(results, other.id, &ScriptResult::id) == results.end()) results.push_back(other);
  std::ranges::stable_sort(results, {}, &ScriptResult::id);
}

void add_missing(PortReport& port, const PortReport& other) {
  if (!other.detail) return;
  if (!port.detail) port.detail = std::make_unique<PortDetail>();
  if (!port.detail->service) port.detail->service = other.detail->service;
  add_missing(port.detail->scripts, other.detail->scripts);
}

void add_missing(HostReport& host, const HostReport& other) {
  for (const PortReport& port : other.ports) {
    const auto found = std::ranges::lower_bound(host.ports, place_of(port), {}, place_of);
    if (found == host.ports.end() || place_of(*found) != place_of(port))
      host.ports.insert(found, port);
    else
      add_missing(*found, port);
  }
  add_missing(host.scripts, other.scripts);
  host.ports_scanned = host.ports_scanned || other.ports_scanned;
  if (host.reverse_name.empty()) host.reverse_name = other.reverse_name;
  if (host.mac.empty()) {
    host.mac = other.mac;
    host.mac_vendor = other.mac_vendor;
  }
  host.start = std::min(host.start, other.start);
  host.end = std::max(host.end, other.end);
}

}  // namespace

std::shared_ptr<const HostReport> combine_hosts(std::vector<std::shared_ptr<const HostReport>> copies) {
  const auto rank = [](const auto& host) { return std::tuple(host->up, host->incomplete.empty(), host->end); };
  std::ranges::stable_sort(copies, {}, rank);
  auto combined = std::make_shared<HostReport>(*copies.back());
  copies.pop_back();
  for (; !copies.empty(); copies.pop_back()) add_missing(*combined, *copies.back());
  return combined;
}

}  // namespace sluice::output
