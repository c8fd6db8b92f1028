// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/explain.hpp>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <vector>

#include "engine/scan_plan.hpp"

namespace sluice::engine {

/// Returns the hosts of a request with their ports, in the order of the places. The ports of the plan are added if the
/// options name ports. Errors: InvalidOption if a place is wrong, is a name without an address, or is not among the
/// stored hosts.
Result<std::vector<HostReport>> explained_hosts(const ExplainRequest& request, const ScanPlan& plan);

}  // namespace sluice::engine
