// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <sluice/value.hpp>
#include <vector>

#include "engine/platform.hpp"
#include "engine/scan_plan.hpp"
#include "model/data_files.hpp"
#include "nse/runtime/cpu_watchdog.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::engine {

/// Reads --script-args-file and --script-args. Errors: the file cannot be read, or a text has a wrong syntax.
Result<Value::Table> read_script_arguments(const Options& options, const model::DataFiles& files);

/// Returns the limits of --script-burst and --script-slice.
nse::CpuLimits cpu_limits(const Options& options);

/// What the options of a Runtime depend on. All must outlive the Runtime.
struct RuntimeSources {
  const Options& options;
  PlatformPort& platform;
  const model::DataFiles& files;
  const ScanPlan& plan;
  const std::vector<Endpoint>& dns_servers;  ///< --dns-servers
};
/// Returns the options of a Runtime. Without script arguments, memory limit and thread numbers: the caller sets them.
nse::RuntimeOptions runtime_options(const RuntimeSources& from);

}  // namespace sluice::engine
