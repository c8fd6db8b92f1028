#pragma once

#include <sluice/options.hpp>
#include <sluice/report.hpp>
#include <sluice/result.hpp>

#include "model/data_files.hpp"
#include "model/port_spec.hpp"
#include "service/detector.hpp"
#include "service/probe_file.hpp"

namespace sluice::engine {

/// What version detection needs, read before the run. Immutable; thread-safe.
struct VersionPlan {
  service::ProbeFile probes;
  model::PortLists excluded;  ///< by the file; empty with --allports

  [[nodiscard]] bool is_excluded(std::uint16_t port, Protocol protocol) const;
};

/// Reads the service probes and checks their patterns, except those of the installed file. Errors: the file is missing,
/// or "PATH:LINE: CAUSE".
Result<VersionPlan> plan_versions(const Options& options, const model::DataFiles& files,
                                  const model::ServiceTable& services);

service::DetectorOptions detector_options(const Options& options, std::size_t slots);

/// The service that a detection has shown at a port; nothing if it has shown none. `now` is for the fingerprint.
std::optional<Service> service_of(const service::Detected& detected, const PortReport& port, int intensity,
                                  WallTime now);

}  // namespace sluice::engine
