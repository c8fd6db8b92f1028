// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <sluice/report.hpp>
#include <vector>

namespace sluice::output {

/// Returns the report that has what the reports of one host have together. A host that is up precedes one that is down,
/// a complete report precedes an incomplete one, and a later end precedes an earlier one. The first report counts; it
/// gets the ports, services and results that it lacks from the others. REQUIRES: `copies` is not empty. Thread-safe.
std::shared_ptr<const HostReport> combine_hosts(std::vector<std::shared_ptr<const HostReport>> copies);

}  // namespace sluice::output
