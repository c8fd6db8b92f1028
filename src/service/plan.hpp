// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "service/probe_file.hpp"

namespace sluice::service {

/// The properties of a port that determine the order of its probes.
struct PlanRequest {
  Protocol protocol = Protocol::Tcp;
  std::uint16_t port = 0;
  int intensity = 7;  ///< 0 to 9
  bool tls = false;   ///< true inside a TLS tunnel: `sslports` is used instead of `ports`
};

/// Returns the probes for a port in Nmap's order: NULL (TCP only); the probes that list the port, of any rarity; the
/// others up to the intensity. The last two are in the order of the file. The pointers refer to `file`.
/// docs/versions.md, "How a service is decided".
std::vector<const Probe*> plan_probes(const ProbeFile& file, const PlanRequest& request);

}  // namespace sluice::service
