// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/report.hpp>
#include <sluice/writer.hpp>
#include <string>
#include <vector>

#include "output/event_fields.hpp"

namespace sluice::output {

/// Ports in the lines of event::PortsScanned and event::HostScanned. These lines have open ports and ports with a
/// detected service one by one, and all others in this form, whatever the levels of -v and -d.
struct PortStates : PortsNotShown {
  /// Names of their services by the port numbers, in the order of `ports`; "" if a port has none. Empty if the reports
  /// of the host will not list the ports.
  std::vector<std::string> names;
};

template <class With, Is<PortStates> Ports>
void fields(With& with, Ports& ports) {
  using Base = std::conditional_t<std::is_const_v<Ports>, const PortsNotShown, PortsNotShown>;
  fields(with, static_cast<Base&>(ports));
  with.optional("names", ports.names, "names of their services");
}

/// True if the lines of event::PortsScanned and event::HostScanned have the port by itself.
bool is_single(const PortReport& port);

/// Returns the other ports. `options`: those of the reports.
std::vector<PortStates> port_states(const HostReport& host, const WriterOptions& options);

}  // namespace sluice::output
