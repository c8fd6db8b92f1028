// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "cli/settings_sources.hpp"

namespace sluice::cli {

/// Shows the options in force, and where they come from. `arguments`: the command line as it was typed. `found`: the
/// settings for it. Returns the exit code.
int show_config(std::span<const std::string> arguments, const SettledCommandLine& settled, const FoundSettings& found);

}  // namespace sluice::cli
