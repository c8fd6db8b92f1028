#pragma once

#include <sluice/options.hpp>
#include <sluice/result.hpp>

namespace sluice::engine {

/// Refuses what the options name of this machine and is not there, or taken: the data directory, the interface of -e,
/// the address of -S, the port of -g. Without it each would quietly change what a scan finds.
Result<void> check_local_places(const Options& options);

}  // namespace sluice::engine
