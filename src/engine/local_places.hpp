#pragma once

#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>

#include "engine/platform.hpp"
#include "engine/scan_plan.hpp"

namespace sluice::engine {

/// Refuses what the options name of this machine and is not there: the data directory, the interface of -e, the address
/// of -S. Without it each would quietly change what a scan finds.
Result<void> check_local_places(const Options& options, const PlatformPort& platform);

/// Refuses a port of -g that the probes of the plan cannot leave from: on the address of -S, or those from which the
/// targets of the command line are reached, it is taken or reserved. If no address is known before the run, the port is
/// refused if no address of this machine has it to give.
Result<void> check_source_port(const Options& options, const ScanPlan& plan, const PlatformPort& platform);

/// Why probes could not be sent and what to do about it, in one line without a full stop. `error` is the errno.
std::string why_not_sent(const Options& options, int error);

}  // namespace sluice::engine
