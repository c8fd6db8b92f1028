// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/command_line.hpp>
#include <sluice/observer.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

namespace sluice::cli {

/// What a report that was read lacks: "" if it is complete, otherwise why its end is missing.
using MissingEnd = std::string;

/// Reads a report and emits its events. `name`: path of a journal, or of a report in XML or NDJSON, which its content
/// tells; "FILE#3" for the third run of a journal, otherwise its last one; "@last" or "@prev" (resolve_run()); "-" for
/// standard input, which cannot be a journal.
/// Exceptions of the observer pass through. Errors: the file cannot be read, is no such report, or is damaged; the
/// message names the file and the line.
Result<MissingEnd> read_report(const std::string& name, Observer& observer);

/// Reads the command line of a stored run (event::RunStarted::arguments). Returns nothing if it cannot be read.
std::optional<CommandLine> stored_command(const std::vector<std::string>& arguments);

}  // namespace sluice::cli
