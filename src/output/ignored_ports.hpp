// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <sluice/report.hpp>
#include <sluice/writer.hpp>
#include <string>
#include <vector>

namespace sluice::output {

/// Ports of one state that a report counts instead of listing them ("Not shown", <extraports>), grouped by reason.
struct IgnoredPorts {
  struct Part {
    Protocol protocol = Protocol::Tcp;
    Reason reason = Reason::None;
    std::size_t count = 0;
    std::string ports;  ///< for example "7002-7100,8000"
  };
  PortState state = PortState::Closed;
  std::size_t count = 0;
  std::vector<Part> parts;  ///< the largest count first
};

/// Returns the states whose ports the report of a host does not list, the largest count first (docs/nse-compat.md,
/// "Script results and reports").
std::vector<IgnoredPorts> ignored_ports(const HostReport& host, const WriterOptions& options);

/// True if `ignored` has the state.
bool is_ignored(const std::vector<IgnoredPorts>& ignored, PortState state);

/// True for the states that `--open` keeps: open, possibly open, and not probed.
bool is_possibly_open(PortState state);

/// True if reports include the host. A host that is down is included with `-v`, unless `--open` is given. With
/// `--open`, a host that is up is included if a port may be open, if its ports were not scanned, or if it timed out.
bool is_reported(const HostReport& host, const WriterOptions& options);

}  // namespace sluice::output
