// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/report.hpp>
#include <utility>

namespace sluice::model {

/// Identifies a port of a host. The order of these keys is that of the ports in reports.
using PortKey = std::pair<Protocol, std::uint16_t>;
inline PortKey key_of(const PortReport& port) { return {port.protocol, port.number}; }

}  // namespace sluice::model
