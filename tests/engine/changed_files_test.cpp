// SPDX-License-Identifier: Apache-2.0
#include "engine/changed_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice::engine {
namespace {

TEST(ChangedFiles, AFileThatIsReplacedByAnOlderOneHasChanged) {
  std::string pattern = (std::filesystem::temp_directory_path() / "sluice-changed-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  const std::string kept = folder / "kept", replaced = folder / "replaced", missing = folder / "missing";
  for (const std::string& path : {kept, replaced}) std::ofstream(path) << "1";
  const auto written = std::filesystem::last_write_time(replaced);
  const WallTime before = std::chrono::system_clock::now() - std::chrono::hours(1);
  const WallTime after = std::chrono::system_clock::now() + std::chrono::hours(1);
  std::filesystem::last_write_time(replaced, written - std::chrono::hours(2));
  EXPECT_EQ(changed_since(before, {kept, replaced, missing}), (std::vector{kept, replaced}));
  EXPECT_TRUE(changed_since(after, {kept, replaced, missing}).empty());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sluice::engine
