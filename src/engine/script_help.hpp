#pragma once

#include <string>

#include "nse/runtime/script.hpp"

namespace sluice::engine {

/// What --script-help says of a script (scheduler.md 4.6), a blank line first. The description ends as it does in the
/// script.
std::string script_help(const nse::Script& script);

}  // namespace sluice::engine
