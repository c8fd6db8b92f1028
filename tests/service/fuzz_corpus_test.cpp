// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "base/text_file.hpp"
#include "fuzz/targets.hpp"

namespace sluice::fuzz {
namespace {

void replay(const std::string& name, void (*target)(std::string_view)) {
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SLUICE_SOURCE_DIR "/fuzz/corpus/" + name)) {
    SCOPED_TRACE(entry.path());
    const auto input = read_bytes(entry.path());
    ASSERT_TRUE(input);
    target(*input);
    ++inputs;
  }
  EXPECT_GT(inputs, 0);
}

// A failure aborts the program; its trace names the input.
TEST(FuzzCorpus, ProbeFileInputsViolateNoProperty) { replay("probe_file", probe_file); }
TEST(FuzzCorpus, MatchingInputsViolateNoProperty) { replay("matching", matching); }

}  // namespace
}  // namespace sluice::fuzz
