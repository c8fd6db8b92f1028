// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/command_line.hpp>

namespace sluice::arguments {

/// The kind of program that reads a command line. An embedded program has no terminal and no report files, so options
/// for them are refused.
enum class Reader : std::uint8_t { Command, Embedded };

/// See parse_command_line(). For an embedded program, a command line without arguments means a run.
Result<CommandLine> parse_options(std::span<const std::string> arguments, const std::tm& local, Reader reader);

/// See parse_resumed_command_line().
Result<CommandLine> parse_resumed_options(std::span<const std::string> stored, const std::tm& started,
                                          std::span<const std::string> changes, const std::tm& local);

}  // namespace sluice::arguments
