// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/report.hpp>
#include <utility>

namespace sluice::model {

/// Identifies a port of a host. The order of these keys is that of the ports in reports.
using PortKey = std::pair<Protocol, std::uint16_t>;
inline PortKey key_of(const PortReport& port) { return {port.protocol, port.number}; }

/// Returns the port of a report; adds it as open if the report lacks it. Keeps the order of the ports.
PortReport& port_of(HostReport& host, PortKey key);

/// Adds what is newly known of an unfinished host (event::PortsScanned, event::HostScanned) to its report. The start
/// and the services of its ports stay, unless `news` has others. Time: linear in the ports of both, which are in order.
void add_state(HostReport& host, const HostReport& news);

}  // namespace sluice::model
