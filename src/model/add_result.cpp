// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sluice/report.hpp>
#include <utility>

namespace sluice {

namespace {

std::vector<ScriptResult>* results_of(HostReport& host, const ScriptPlace& place) {
  if (!place.port) return &host.scripts;
  for (PortReport& port : host.ports) {
    if (port.number != *place.port || port.protocol != place.protocol) continue;
    if (!port.detail) port.detail = std::make_unique<PortDetail>();
    return &port.detail->scripts;
  }
  return nullptr;
}

}  // namespace

void add_result(HostReport& host, const ScriptPlace& place, ScriptResult result) {
  std::vector<ScriptResult>* results = results_of(host, place);
  if (!results) return;
  const auto by_id = [](const ScriptResult& a, const ScriptResult& b) { return a.id < b.id; };
  results->insert(std::upper_bound(results->begin(), results->end(), result, by_id), std::move(result));
}

}  // namespace sluice
