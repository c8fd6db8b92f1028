// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sluice/observer.hpp>
#include <sluice/result.hpp>
#include <string>

namespace sluice::cli {

/// Whether warnings about what is read go to stderr.
enum class Warnings : std::uint8_t { Told, Silent };

/// Reads a stored run as read_report does, and emits its events with an end. If the run did not end, or if the report
/// is cut off or damaged, event::RunFinished says so, after the reports of the unfinished hosts. Of a report with
/// several runs, the observer gets the first one; a warning says so. Errors: as read_report.
Result<void> read_whole_run(const std::string& name, Observer& observer, Warnings warnings = Warnings::Told);

}  // namespace sluice::cli
