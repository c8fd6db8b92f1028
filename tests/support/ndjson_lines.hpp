// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace sluice {

/// Keeps lines of NDJSON that a test has made, in the directory $SLUICE_NDJSON_LINES. After all tests,
/// tests/tools/ndjson_lines_test.py validates them. No effect if the variable is not set.
inline void keep_lines(std::string_view ndjson) {
  const char* directory = std::getenv("SLUICE_NDJSON_LINES");
  if (!directory) return;
  std::filesystem::create_directories(directory);
  std::ofstream(std::filesystem::path(directory) / std::to_string(::getpid()), std::ios::app) << ndjson;
}

}  // namespace sluice
