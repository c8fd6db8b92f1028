// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "cli/outputs.hpp"

namespace sluice::cli {
namespace {

TEST(KeptRun, IsNamedOnceIfTwoThreadsEndTheRun) {
  std::string pattern = (std::filesystem::temp_directory_path() / "sluice-kept-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  CommandLine command;
  command.quiet = true;
  command.journal = (folder / "kept.db").string();
  auto outputs = Outputs::open(command).value();
  outputs->open();
  outputs->on_event({std::chrono::system_clock::now(), event::RunStarted{{"sluice"}, 0, 0, {}}});
  outputs->finish("a signal");
  testing::internal::CaptureStderr();
  std::thread other([&] {
    outputs->close_journal();
    outputs->tell_where_kept();
  });
  EXPECT_TRUE(outputs->close());
  outputs->tell_where_kept();
  other.join();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "sluice: the run is kept; continue it with: sluice --resume " + (folder / "kept.db").string() + '\n');
  outputs.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sluice::cli
