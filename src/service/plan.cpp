// SPDX-License-Identifier: Apache-2.0
#include "service/plan.hpp"

namespace sluice::service {

std::vector<const Probe*> plan_probes(const ProbeFile& file, const PlanRequest& request) {
  std::vector<const Probe*> listed, others;
  for (const Probe& probe : file.probes()) {
    if (probe.protocol != request.protocol || probe.is_null()) continue;
    if ((request.tls ? probe.ssl_ports : probe.ports).contains(request.port))
      listed.push_back(&probe);
    else if (probe.rarity <= request.intensity)
      others.push_back(&probe);
  }
  std::vector<const Probe*> plan;
  if (const Probe* const null = file.null_probe(); null && request.protocol == Protocol::Tcp) plan.push_back(null);
  plan.insert(plan.end(), listed.begin(), listed.end());
  plan.insert(plan.end(), others.begin(), others.end());
  return plan;
}

}  // namespace sluice::service
