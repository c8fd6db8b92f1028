// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>

#include "engine/platform.hpp"
#include "engine/scan_plan.hpp"
#include "model/data_files.hpp"

namespace sluice::engine {

/// Returns the data files of the options and of the platform.
model::DataFiles data_files_of(const Options& options, const PlatformPort& platform);

/// Checks that the data directory, the interface of -e and the address of -S exist on this machine. If they did not, a
/// scan would find other results without an error.
/// Errors: one of them does not exist; the message names the option.
Result<void> check_local_places(const Options& options, const PlatformPort& platform);

/// Checks that the probes of the plan can use the source port of -g. Binds the port on the address of -S, or on each
/// address from which the targets of the options are reached. If none of these addresses is known before the run, one
/// address of this machine on which the port is free is enough.
/// Errors: the port is in use or reserved.
Result<void> check_source_port(const Options& options, const ScanPlan& plan, const PlatformPort& platform);

/// Returns why probes could not be sent, and the remedy, in one line without a full stop. `error`: errno.
std::string why_not_sent(const Options& options, int error);

}  // namespace sluice::engine
