// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <sluice/command_line.hpp>
#include <sluice/observer.hpp>
#include <sluice/result.hpp>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

/// Splits the name of a run, "FILE#3", into the path and the number; 0 if there is no number, or if a file has the
/// whole name.
std::pair<std::string, std::int64_t> split_run_name(const std::string& name);

/// True if the file of this name, without the number of a run, is an SQLite database.
bool is_journal(const std::string& name);

/// Returns a time as the local time.
std::tm local_time(std::chrono::system_clock::time_point time);

/// What a report that was read lacks: "" if it is complete, otherwise why its end is missing.
using MissingEnd = std::string;

/// Reads a report and emits its events. `name`: path of a journal, or of a report in XML or NDJSON, which its content
/// tells; "FILE#3" for the third run of a journal, otherwise its last one; "-" for standard input, which cannot be a
/// journal.
/// Exceptions of the observer pass through. Errors: the file cannot be read, is no such report, or is damaged; the
/// message names the file and the line.
Result<MissingEnd> read_report(const std::string& name, Observer& observer);

/// Reads the command line of a stored run (event::RunStarted::arguments). Returns nothing if it cannot be read.
std::optional<CommandLine> stored_command(const std::vector<std::string>& arguments);

}  // namespace sluice::cli
