#pragma once

#include <sluice/options.hpp>
#include <sluice/result.hpp>

namespace sluice::engine {

/// Checks the values of options and their combinations, as far as neither files nor the system are needed for it. The
/// error is one line that names the option as the command line does. Everything else relies on these checks.
Result<void> check_options(const Options& options);

}  // namespace sluice::engine
