// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/report.hpp>
#include <string>
#include <vector>

namespace sluice::engine {

/// Returns those of the files that were changed, replaced or renamed since `time`, by the times of their status
/// (ctime). A file that is missing is not returned.
std::vector<std::string> changed_since(WallTime time, const std::vector<std::string>& paths);

}  // namespace sluice::engine
