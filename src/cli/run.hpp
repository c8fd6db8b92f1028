#pragma once

#include <functional>
#include <sluice/engine.hpp>
#include <span>
#include <string>

namespace sluice::cli {

/// What the process returns; where several apply, the smallest but Finished. A run that a signal ended in order returns
/// 128 and the signal's number.
enum Exit : int {
  kFinished = 0,  ///< whatever was found, whatever failed in it
  kFailed = 1,    ///< the engine had to stop; outputs are closed
  kRefused = 2,   ///< before it started; or no line of --targets-from could be used, and the outputs are closed
  kLost = 3,      ///< an output is not complete
};

using MakeEngine = std::function<Result<std::unique_ptr<Engine>>(Options options, Observer& observer)>;

/// The command: reads the options, opens the reports, runs an engine, and returns the exit code. `arguments[0]` is the
/// program. Takes over the signals of the process while the engine runs.
int run(std::span<const std::string> arguments, const MakeEngine& make_engine);

}  // namespace sluice::cli
