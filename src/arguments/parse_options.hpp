#pragma once

#include <sluice/command_line.hpp>

namespace sluice::arguments {

/// Whose command line is read. An embedded program has no terminal and no report files: options for them are refused.
enum class Reader : std::uint8_t { Command, Embedded };

/// See parse_command_line(). A command line without arguments asks an embedded program for a run.
Result<CommandLine> parse_options(std::span<const std::string> arguments, const std::tm& local, Reader reader);

}  // namespace sluice::arguments
