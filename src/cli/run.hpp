// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <sluice/engine.hpp>
#include <span>
#include <string>

#include "cli/settings_sources.hpp"

namespace sluice::cli {

/// Exit codes of the command (docs/options.md, "Exit codes"). If several apply, the smallest one that is not 0 is
/// returned. A run that a signal has stopped in order returns 128 and the number of the signal.
enum Exit : int {
  kFinished = 0,  ///< the run reached its end
  kFailed = 1,    ///< the engine failed, probes could not be sent, or --max-time has expired; the reports are complete
  kRefused = 2,   ///< the run was refused before its start, or no line of --targets-from gave a port
  kLost = 3,      ///< a report is not complete, or the journal cannot be written
};

/// Creates the engine. Tests replace it.
using MakeEngine = std::function<Result<std::unique_ptr<Engine>>(Options options, Observer& observer)>;

/// Executes the command: parses the options, opens the reports, runs an engine. `arguments[0]`: name of the program.
/// `sources`: where settings are. Returns the exit code. Handles the signals of the process while the engine runs.
int run(std::span<const std::string> arguments, const MakeEngine& make_engine, const SettingsSources& sources = {});

}  // namespace sluice::cli
