// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/options.hpp>
#include <sluice/result.hpp>

#include "engine/platform.hpp"

namespace sluice::engine {

/// Returns `options` with the values that a run uses for the fields that are not set (docs/settings.md, "Built-in
/// values"). A field stays empty if no single value means the same. `rights`: the pings that the system allows.
/// REQUIRES: check_options() accepts the options.
Options with_built_in_values(Options options, const SystemLimits& limits, const net::PingRights& rights);

/// The same for a platform. Errors: as of check_options(), and wrong values of options for ports, exclusions, DNS
/// servers and script arguments, as far as no file that an option names and no name of a host decides.
Result<Options> effective_options(Options options, PlatformPort& platform);

}  // namespace sluice::engine
