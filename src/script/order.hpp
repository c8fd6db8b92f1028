// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <sluice/result.hpp>
#include <string>
#include <vector>

namespace sluice::script {

/// A chosen script and the ids of the scripts that must end before it starts.
struct Dependent {
  std::string id;
  std::vector<std::string> dependencies;
};

/// Returns the run level of each script, in the order of `scripts`: one more than the highest level of its
/// dependencies, or 1 without any. Dependencies that are not in `scripts` are ignored.
/// Errors: a circular dependency; the message names its scripts.
/// REQUIRES: the ids are distinct.
Result<std::vector<std::size_t>> run_levels(const std::vector<Dependent>& scripts);

}  // namespace sluice::script
