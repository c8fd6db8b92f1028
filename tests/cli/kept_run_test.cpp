// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "cli/outputs.hpp"

namespace sluice::cli {
namespace {

/// A run with a journal in a folder of its own.
struct KeptRun : testing::Test {
  KeptRun() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-kept-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    command.quiet = true;
    command.journal = (folder / "kept.db").string();
    outputs = Outputs::open(command).value();
    outputs->open();
  }
  ~KeptRun() override {
    outputs.reset();
    std::filesystem::remove_all(folder);
  }

  std::filesystem::path folder;
  CommandLine command;
  std::unique_ptr<Outputs> outputs;
};
using ResumedOutputs = KeptRun;

TEST_F(KeptRun, IsNamedOnceIfTwoThreadsEndTheRun) {
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
}

TEST_F(ResumedOutputs, RefuseAJournalThatSaysSomethingElseThanBefore) {
  outputs->on_event({std::chrono::system_clock::now(), event::RunStarted{{"sluice", "-n"}, 0, 0, {}}});
  outputs->finish("a signal");
  outputs->close();
  const std::string journal = *command.journal;
  command.journal.reset();
  command.resume = journal;
  const std::string here = std::filesystem::current_path();
  const auto error_for = [&](const StoredRun& stored) {
    const auto resumed = Outputs::open(command).value()->resume(journal, 1, stored, command);
    return resumed ? "" : resumed.error().message;
  };
  const std::string changed = journal + ": another process has changed the file; resume it again if you trust it";
  EXPECT_EQ(error_for({{"sluice", "-v"}, here}), changed);
  EXPECT_EQ(error_for({{"sluice", "-n"}, "/elsewhere"}), changed);
  EXPECT_EQ(error_for({{"sluice", "-n"}, here}), "");
}

}  // namespace
}  // namespace sluice::cli
