#pragma once

#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "cli/parse_options.hpp"

// Results of parse_options for arguments without the name of the program.

namespace sluice::cli {

inline std::tm noon() {
  std::tm time{};
  time.tm_year = 126, time.tm_mon = 10, time.tm_mday = 24, time.tm_hour = 12;
  return time;
}

inline Result<Command> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "sluice");
  return parse_options(arguments, noon());
}
inline Command command(std::vector<std::string> arguments) {
  auto result = parse(std::move(arguments));
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(*result) : Command{};
}
inline Options options(std::vector<std::string> arguments) { return command(std::move(arguments)).options; }
inline std::string error(std::vector<std::string> arguments) {
  auto result = parse(std::move(arguments));
  return result ? "accepted" : result.error().message;
}

}  // namespace sluice::cli
