// SPDX-License-Identifier: Apache-2.0
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
#include <string>

namespace sluice {

/// Counters of a run at one moment, for a display that is renewed often.
struct RunStatus {
  event::Stats stats;
  std::string task;                             ///< as in event::TaskProgress; "" if none has started
  std::optional<event::TaskProgress> progress;  ///< empty if the end of the phase cannot be estimated
  std::uint64_t ports = 0;                      ///< number of ports whose states are known, of all hosts of the run
  /// The script that has run longest: "http-title against 127.0.0.1:80", and since when. "" if none runs.
  std::string slowest;
  std::chrono::milliseconds slowest_elapsed{0};
};

/// Discovers hosts, scans ports, detects services and runs NSE scripts, as Options says. One engine executes one run,
/// and emits all results as events to an Observer. docs/embedding.md has an example.
///
/// Thread rules: create the engine, call run(), step() and next_deadline(), and destroy the engine on one thread. The
/// CPU limits of scripts are measured on that thread. stop(), report_stats() and set_levels() are thread-safe and
/// async-signal-safe; status() is thread-safe. With Options::workers the engine starts further worker threads.
class SLUICE_EXPORT Engine {
 public:
  /// Creates an engine. Reads all files that the options name, checks the options, and loads the scripts. Sends nothing
  /// to a target. Blocks until the host names in Options::exclude and Options::exclude_file have been resolved.
  /// `observer`: must outlive the engine. It receives no event before the run starts; warnings of create() follow
  /// event::RunStarted. `platform`: created by Platform::native(); null means one with the default Policy.
  /// Errors: InvalidOption if an option or a script is wrong. UnreadableFile if a file is missing. ResourceShortage if
  /// the system refuses an event loop.
  static Result<std::unique_ptr<Engine>> create(Options options, Observer& observer,
                                                std::shared_ptr<Platform> platform = nullptr);
  /// Ends an unfinished run. May emit events, but no event::RunFinished.
  virtual ~Engine() = default;

  /// How a run ended.
  enum class End : std::uint8_t {
    Finished,  ///< the run reached its end, whatever it found
    Stopped,   ///< stop() or Options::max_time ended the run
    Failed,    ///< the engine failed, the observer threw, or probes could not be sent (event::RunFinished)
    Unusable   ///< the run reached its end, but Options::targets_from had bad lines and no line gave a port
  };
  /// Executes the run, or the rest of it after calls of step(). Blocks until the run has ended, and returns how. If the
  /// run has ended before, returns the same value again. The last event is event::RunFinished.
  /// If the observer throws, the run is stopped, the observer receives the remaining events, and the result is Failed.
  virtual End run() = 0;

  // Instead of run(): a run in an event loop of the caller. The caller repeats three steps until step() returns a
  // value: call step(); call next_deadline(); wait until poll_fd() is readable or the deadline has been reached.

  /// Executes one turn of the run. Does not wait for events. A script that computes prolongs the turn until it is
  /// preempted, by default after 1 s (Options::script_slice).
  /// Returns nothing while the run continues, otherwise how it ended. After the end returns the same value again.
  virtual std::optional<End> step() = 0;
  /// Returns the time at which the caller must call step() even if poll_fd() is not readable. A time in the past means
  /// that step() has work now. The maximum of the type means that no time is set. Valid until the next call of step().
  /// Call it before each wait: it also resolves deadlocks of script threads, and may emit events.
  virtual std::chrono::steady_clock::time_point next_deadline() = 0;
  /// Returns a descriptor that becomes readable when the network, another thread or stop() has given step() work. Work
  /// that next_deadline() has reported does not make it readable. The engine owns the descriptor, which stays the same.
  /// REQUIRES: the caller only waits for it, by poll or epoll.
  virtual int poll_fd() const noexcept = 0;

  /// Requests the orderly end of the run, and returns at once. Script threads are killed. Unfinished hosts that are up
  /// are reported with their results so far. event::RunFinished follows. No effect after the end of the run.
  /// Thread-safe. Async-signal-safe.
  virtual void stop() noexcept = 0;
  /// Makes the run start no further hosts, until the function is called with false. Hosts that have started continue.
  /// For an observer that cannot keep pace. Returns at once. Thread-safe. Async-signal-safe.
  virtual void hold_hosts(bool hold) noexcept = 0;
  /// Requests an event::Stats, and an event::TaskProgress if the end of the run can be estimated. Returns at once.
  /// Thread-safe. Async-signal-safe.
  virtual void report_stats() noexcept = 0;
  /// Sets the levels of `-v` and `-d` for the run and its scripts from the next turn on, and emits
  /// event::LevelsChanged. Values below 0 count as 0, values above 10 as 10. Returns at once. Thread-safe.
  /// Async-signal-safe.
  virtual void set_levels(int verbosity, int debugging) noexcept = 0;
  /// Returns the last counters that an earlier call has requested; nothing if there are none yet. Requests new ones,
  /// which the run collects in its next turns. For a display: emits no event, and without a call a run collects
  /// nothing. Thread-safe.
  virtual std::optional<RunStatus> status() = 0;
};

/// Returns `options` with the values that a run on this machine uses for the fields that are not set: timeouts, limits,
/// budgets, numbers of ports and pings of the discovery. docs/settings.md lists them ("Built-in values"). A field stays
/// empty if the run does without the option, or if no single value means the same.
/// `platform`: as for Engine::create. Errors: InvalidOption; a value or a combination is wrong. Thread-safe.
SLUICE_EXPORT Result<Options> effective_options(Options options, std::shared_ptr<Platform> platform = nullptr);

}  // namespace sluice
