// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/options.hpp>
#include <sluice/report.hpp>
#include <sluice/result.hpp>

#include "model/data_files.hpp"
#include "model/port_spec.hpp"
#include "service/detector.hpp"
#include "service/probe_file.hpp"

namespace sluice::engine {

/// The input of version detection, which is read before the run. Immutable; thread-safe.
struct VersionPlan {
  service::ProbeFile probes;
  model::PortLists excluded;  ///< ports that the file excludes; empty with --allports

  /// True if the port is not probed.
  [[nodiscard]] bool is_excluded(std::uint16_t port, Protocol protocol) const;
};

/// Reads the file of service probes. Checks the syntax of all lines and, unless it is the installed file, the patterns.
/// Errors: the file is missing, or a line is wrong ("PATH:LINE: CAUSE").
Result<VersionPlan> plan_versions(const Options& options, const model::DataFiles& files,
                                  const model::ServiceTable& services);

/// Returns the options of the detector of one shard. `slots`: number of its socket slots.
service::DetectorOptions detector_options(const Options& options, std::size_t slots);

/// Returns the service of a port from the result of its detection; nothing if the detection gave no information.
/// `intensity`: --version-intensity. `now`: the date in the fingerprint.
std::optional<Service> service_of(const service::Detected& detected, const PortReport& port, int intensity,
                                  WallTime now);

}  // namespace sluice::engine
