// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "cli/settings_sources.hpp"

namespace sluice::cli {

/// True if the completion of a shell asks: `sluice complete -- WORD...`. The command is hidden: users do not type it.
bool asks_for_completion(std::span<const std::string> arguments);

/// Prints how the last word may be completed. The first line has three fields, separated by tabs: `files`,
/// `directories` or `none`, which the shell has to offer; `continues` or `ends`, whether a space follows; and the part
/// of the word in front of a path. Each further line is a candidate: the word, a tab and its description. `settings`:
/// for the names of profiles. Returns the exit code.
int complete_words(std::span<const std::string> arguments, const SettingsSources& settings);

}  // namespace sluice::cli
