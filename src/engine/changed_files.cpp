// SPDX-License-Identifier: Apache-2.0
#include "engine/changed_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>

namespace sluice::engine {

std::vector<std::string> changed_since(WallTime time, const std::vector<std::string>& paths) {
  std::vector<std::string> changed;
  std::ranges::copy_if(paths, std::back_inserter(changed), [&](const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return false;
    const auto since = std::chrono::seconds(status.st_ctim.tv_sec) + std::chrono::nanoseconds(status.st_ctim.tv_nsec);
    return WallTime(std::chrono::duration_cast<WallTime::duration>(since)) > time;
  });
  return changed;
}

}  // namespace sluice::engine
