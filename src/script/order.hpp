#pragma once

#include <cstddef>
#include <sluice/result.hpp>
#include <string>
#include <vector>

namespace sluice::script {

/// A chosen script and the ids it wants to run after.
struct Dependent {
  std::string id;
  std::vector<std::string> dependencies;
};

/// The run level of each script, in their order (scheduler.md 6): one more than the highest of its dependencies that
/// are chosen too, else 1. The error names a circle of dependencies. Ids are unique.
Result<std::vector<std::size_t>> run_levels(const std::vector<Dependent>& scripts);

}  // namespace sluice::script
