// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <sluice/command_line.hpp>
#include <sluice/journal.hpp>
#include <sluice/result.hpp>
#include <sluice/scan_log.hpp>
#include <span>
#include <string>

namespace sluice::cli {

/// A run that --resume names.
struct ResumedRun {
  std::string path;         ///< of the journal or of the report; absolute
  std::int64_t number = 0;  ///< in the journal
  bool ended = false;       ///< there is nothing to do
  CommandLine command;      ///< that of the run, with the changes; only if it has not ended
  StoredRun stored{};       ///< what the journal says about the run
  /// The report, if there is no journal; otherwise null. A pointer, because GCC 12 takes the members of an empty
  /// std::optional for uninitialized ones.
  std::unique_ptr<const ScanLog> log{};
};

/// Finds the run that `changes` resumes: in a journal, or in a report of nmap or sluice (scan_log.hpp). Of a journal,
/// changes to the directory where the run has begun: the names of its files are relative to it. `arguments`: those of
/// `changes`. Errors: the message names the file or the option.
Result<ResumedRun> find_resumed_run(const CommandLine& changes, std::span<const std::string> arguments);

}  // namespace sluice::cli
