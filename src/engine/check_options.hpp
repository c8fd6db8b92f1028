// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/options.hpp>
#include <sluice/result.hpp>

namespace sluice::engine {

/// Checks the values of options and their combinations. Checks that need files or the system are elsewhere in
/// create_run(). Errors: the message names the option as on the command line. The rest of the engine relies on these
/// checks.
Result<void> check_options(const Options& options);

}  // namespace sluice::engine
