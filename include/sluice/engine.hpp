#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <sluice/export.hpp>
#include <sluice/observer.hpp>
#include <sluice/options.hpp>
#include <sluice/platform.hpp>
#include <sluice/result.hpp>

namespace sluice {

/// Runs scripts against hosts: everything behind the command line. One engine is one run, on the
/// thread that calls it and as many more as Options::workers says.
class SLUICE_EXPORT Engine {
 public:
  /// Reads and checks all that the options name (targets, ports, scripts, their arguments) before anything is sent.
  /// The error is what the user did wrong, or what is missing. `observer` must outlive the engine. Without a platform
  /// the engine makes a native one whose policy alters nothing of the process.
  static Result<std::unique_ptr<Engine>> create(Options options, Observer& observer,
                                                std::shared_ptr<Platform> platform = nullptr);
  virtual ~Engine() = default;

  /// How a run ended. Unusable: it came to its end, but lines of Options::targets_from came and none gave a port.
  enum class End : std::uint8_t { Finished, Stopped, Failed, Unusable };
  /// Runs to the end, and returns how it ended. Blocks. The last event is event::RunFinished, whatever happens. An
  /// observer that throws ends the run in order; it has failed then. May follow calls of step(): the run goes on.
  virtual End run() = 0;

  // A run in the loop of the caller: calls step() until it returns a value, and waits in between until poll_fd() is
  // readable or next_deadline() has come. All three are for one thread at a time.
  /// Runs one turn, without waiting for anything. Returns nothing while the run goes on, and how it ended otherwise.
  virtual std::optional<End> step() = 0;
  /// Returns when step() must be called again although poll_fd() is not readable: a time in the past if there is work
  /// now, the largest one if there is none. Valid until the next call of step().
  virtual std::chrono::steady_clock::time_point next_deadline() = 0;
  /// Returns a descriptor that becomes readable when step() has work. It belongs to the engine, stays the same, and may
  /// only be waited for (poll, epoll). It is not readable because of work that next_deadline() has reported.
  virtual int poll_fd() const noexcept = 0;

  /// Asks the run to end in order: script threads are killed, reports completed. Returns at once.
  /// Thread-safe; async-signal-safe.
  virtual void stop() noexcept = 0;
  /// Asks for an event::Stats. Thread-safe; async-signal-safe.
  virtual void report_stats() noexcept = 0;
  /// Asks for other levels of -v and -d, from 0 to 10, from the next turn of the loops on (event::LevelsChanged).
  /// Thread-safe; async-signal-safe.
  virtual void set_levels(int verbosity, int debugging) noexcept = 0;
};

}  // namespace sluice
