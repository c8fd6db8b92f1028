#pragma once

#include <cstddef>
#include <sluice/report.hpp>
#include <sluice/writer.hpp>
#include <string>
#include <vector>

namespace sluice::output {

/// Ports of one state that a report sums up instead of listing them ("Not shown", <extraports>), split by reason.
struct IgnoredPorts {
  struct Part {
    Protocol protocol = Protocol::Tcp;
    Reason reason = Reason::None;
    std::size_t count = 0;
    std::string ports;  ///< "7002-7100,8000"
  };
  PortState state = PortState::Closed;
  std::size_t count = 0;
  std::vector<Part> parts;  ///< most ports first
};

/// The states that a host's report does not list, most ports first (spec cli.md 6).
std::vector<IgnoredPorts> ignored_ports(const HostReport& host, const WriterOptions& options);

/// Whether a port of this state is one of those.
bool is_ignored(const std::vector<IgnoredPorts>& ignored, PortState state);

/// Open, or possibly open, as a port is that was not probed: what --open keeps.
bool is_possibly_open(PortState state);

/// True if a host appears in a report at all. One that is down appears only with -v and without --open. With --open one
/// that is up appears only if it has a port that may be open (or was not port-scanned, or timed out).
bool is_reported(const HostReport& host, const WriterOptions& options);

}  // namespace sluice::output
