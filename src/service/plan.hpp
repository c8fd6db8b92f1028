#pragma once

#include <cstdint>
#include <vector>

#include "service/probe_file.hpp"

namespace sluice::service {

/// What the order of the probes of a port depends on.
struct PlanRequest {
  Protocol protocol = Protocol::Tcp;
  std::uint16_t port = 0;
  int intensity = 7;  ///< 0 to 9
  bool tls = false;   ///< the port speaks TLS: `sslports` counts instead of `ports`
};

/// Returns the probes for a port in Nmap's order: NULL (TCP), then those that list the port whatever their rarity, then
/// the others whose rarity is at most the intensity; both in the order of the file. The pointers point into `file`.
std::vector<const Probe*> plan_probes(const ProbeFile& file, const PlanRequest& request);

}  // namespace sluice::service
