// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <ctime>
#include <sluice/command_line.hpp>
#include <string>
#include <utility>
#include <vector>

// What parse_command_line makes of arguments, without the program in front.

// Results of parse_command_line for arguments without the name of the program.

namespace sluice::arguments {

inline std::tm noon() {
  std::tm time{};
  time.tm_year = 126, time.tm_mon = 10, time.tm_mday = 24, time.tm_hour = 12;
  return time;
}

inline Result<CommandLine> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "sluice");
  return parse_command_line(arguments, noon());
}
inline CommandLine command(std::vector<std::string> arguments) {
  auto result = parse(std::move(arguments));
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(*result) : CommandLine{};
}
inline Options options(std::vector<std::string> arguments) { return command(std::move(arguments)).options; }
inline std::string error(std::vector<std::string> arguments) {
  auto result = parse(std::move(arguments));
  return result ? "accepted" : result.error().message;
}

}  // namespace sluice::arguments
