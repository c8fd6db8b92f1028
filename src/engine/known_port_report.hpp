// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/report.hpp>

#include "model/known_port.hpp"
#include "model/services.hpp"

namespace sluice::engine {

/// Returns the report of a port that counts as open, because the user or another program says so.
PortReport port_report(const model::KnownPort& known, const model::ServiceTable& services);

}  // namespace sluice::engine
