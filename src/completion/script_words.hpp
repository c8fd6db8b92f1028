// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/completion.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::completion {

/// What a command line says about scripts.
struct ScriptContext {
  std::vector<std::string> rules;      ///< values of --script
  std::optional<std::string> datadir;  ///< value of --datadir
  bool read_environment = false;
};

/// Returns the names and categories of scripts that complete the last word of `rules`, a value of --script. Each has
/// the whole value. Reads script.db only.
std::vector<Candidate> complete_rules(std::string_view rules, const ScriptContext& context);

/// Returns the names of arguments that complete the last name of `arguments`, a value of --script-args. Reads the
/// chosen scripts, and the libraries that they require, also indirectly.
std::vector<Candidate> complete_arguments(std::string_view arguments, const ScriptContext& context);

}  // namespace sluice::completion
