// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "nse/runtime/script.hpp"

namespace sluice::engine {

/// Returns the text of --script-help for a script (docs/nse-compat.md, "Choice of scripts and their arguments").
std::string script_help(const nse::Script& script);

}  // namespace sluice::engine
