// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <sluice/options.hpp>
#include <string>
#include <vector>

#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "engine/budgets.hpp"
#include "engine/event_stream.hpp"
#include "engine/host_window.hpp"
#include "engine/ports.hpp"
#include "engine/scan_plan.hpp"
#include "engine/script_choice.hpp"
#include "engine/script_run.hpp"
#include "engine/slot_reclaimer.hpp"
#include "engine/vendors.hpp"
#include "lua/plain.hpp"
#include "model/data_files.hpp"
#include "nse/runtime/cpu_watchdog.hpp"
#include "nse/runtime/runtime.hpp"
#include "scan/port_scan.hpp"
#include "service/detector.hpp"

namespace sluice::engine {

class Shard;

/// The interface of a shard to its run. Called on the thread of the shard, unless a function says otherwise.
class RunControl {
 public:
  virtual ~RunControl() = default;
  // nmap.add_targets and nmap.new_targets_num, as in nse::RuntimeObserver.
  virtual std::size_t add_targets(std::vector<std::string> specifications) = 0;
  virtual std::size_t targets_added() const = 0;
  /// Returns why the run ends early, for reports; "" if it does not. Thread-safe.
  [[nodiscard]] virtual std::string stop_reason() const = 0;
  /// Stops the run as failed. `why`: for reports. Thread-safe.
  virtual void fail(std::string why) = 0;
  /// A probe was given up because it could not be sent. `error`: errno.
  virtual void probe_given_up(int error) = 0;
  /// Hosts of the shard are done, its requested stats are available, or its state has changed.
  virtual void on_news(Shard& shard) = 0;
  /// The thread of the shard is stuck in a C function. Called on a helper thread; does not return.
  virtual void on_stuck(Shard& shard, std::string why) = 0;
};

/// The parts of a run that its shards share. They outlive the shards, and are immutable while a shard works, or
/// thread-safe. `arguments` and `registry` change only as long as no shard but the first has been started.
struct RunParts {
  PlatformPort& platform;
  const Options& options;
  const model::DataFiles& files;
  const ScanPlan& plan;
  const std::vector<Endpoint>& dns_servers;
  const Value::Table& arguments;      ///< --script-args
  const lua::Plain::Table& registry;  ///< script registry with which shards other than the first start
  const TimePoint& started;           ///< start of the run
  EventStream& events;
  Tasks& tasks;
  RunControl& control;
  Vendors& vendors;
};

/// Counters and progress of a shard, or the sum over all shards.
struct ShardStats {
  HostWindow::Counts done;
  std::size_t hosts = 0;  ///< hosts in progress, and assigned ones
  HostWindow::Open open;
  std::size_t threads = 0, waiting_for_slot = 0, waiting_for_network = 0;  ///< as in event::Stats
  nse::Runtime::LongestWait oldest;
  nse::Runtime::LongestRun slowest;
  std::uint64_t ports = 0;                ///< ports whose states are known; also of a shard that has ended
  std::vector<std::string> live_threads;  ///< text about each script thread; only with -d2
  ShardStats& operator+=(const ShardStats& other);
};

/// One of N equal shards of a run: an event loop with its network, port scan, Lua state, script threads, hosts and
/// budgets. Shards share only RunParts.
///
/// Call start() once, then work() until it returns false. assign() gives it hosts. finish() requests its end after all
/// hosts are done, stop() its end at once. Only the first shard of a run has phases of scripts without hosts.
///
/// Owned by the Run. Call the functions under "Driver" on one thread, which may be another one than that of the
/// constructor. Call those under "First shard" on the thread of Engine::run. The other functions are thread-safe.
class Shard final : private nse::RuntimeObserver {
 public:
  /// The number of a shard, counted from 0, and the number of all shards of the run.
  struct Position {
    std::size_t number = 0, count = 1;
  };
  Shard(const RunParts& run, Budgets budgets, Position position);
  ~Shard() override;
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  enum class State : std::uint8_t {
    New,
    Started,  ///< start() was called
    Working,  ///< processes hosts
    Unable,   ///< could not be opened; reclaim_unstarted_hosts() returns why
    Closed,   ///< has ended; its counters and its script registry are final
  };
  [[nodiscard]] State state() const noexcept { return state_; }
  /// True if the shard has not started, could not be opened, or has ended.
  [[nodiscard]] bool quiescent() const noexcept {
    const State state = state_;
    return state == State::New || state == State::Unable || state == State::Closed;
  }

  /// Creates the event loop and the network. Throws std::system_error if the system refuses an event loop. No effect if
  /// called before. Not thread-safe.
  void start();
  /// Gives the shard a host.
  void assign(Target target);
  /// Returns the number of hosts that were assigned and are not done.
  [[nodiscard]] std::size_t load() const noexcept { return load_; }
  /// True if another host can be assigned.
  [[nodiscard]] bool has_room() const noexcept { return vacancies_ > 0; }
  /// Makes a started shard unable, because nothing drives it. REQUIRES: it has no hosts.
  void give_up() noexcept { state_ = State::Unable; }
  /// Removes the hosts that were assigned to the shard, and appends them to `hosts`. Returns why the shard could not be
  /// opened; "" in later calls. REQUIRES: State::Unable.
  std::string reclaim_unstarted_hosts(std::vector<Target>& hosts);
  /// Requests the end of the shard after all its hosts are done.
  void finish() noexcept;
  /// Requests the end of the shard and returns at once. Unfinished hosts that are up are reported with their results so
  /// far. Async-signal-safe.
  void stop() noexcept;
  /// Resumes no further script threads after a thread has been resumed at `time` or later, so that threads that compute
  /// do not delay a deadline for stop(). REQUIRES: called by the thread that steps the shard.
  void halt_scripts_at(TimePoint time) noexcept { scheduler_.halt_at(time); }
  /// Requests that stats() becomes available. `with_threads`: with ShardStats::live_threads if the debugging level
  /// permits them.
  void request_stats(bool with_threads);
  /// Returns the requested stats; nothing while they are not available.
  [[nodiscard]] std::optional<ShardStats> stats() const;
  /// Returns the counts of the hosts that are done.
  [[nodiscard]] HostWindow::Counts counts() const;
  /// Returns the script registry of the shard. REQUIRES: State::Closed, and called once.
  [[nodiscard]] lua::Plain::Table take_registry() { return std::move(registry_); }
  /// Returns the places in the script registry whose values are no plain data and were left out.
  [[nodiscard]] const std::set<std::string>& left_out() const noexcept { return left_out_; }
  /// Reports the hosts that are up with their results so far. REQUIRES: the thread of the shard is stuck, and only the
  /// end of the process follows.
  void emit_stuck_hosts(const std::string& why);

  // Driver.

  /// Does one step: opens the shard, runs one turn and polls the event loop, or closes the shard. Returns false if the
  /// shard is then closed or could not be opened.
  bool work() noexcept;
  /// True if work() has work.
  [[nodiscard]] bool ready() const;
  /// Prepares a wait: resolves a deadlock, or runs the garbage collector to reclaim slots. Returns when work() must be
  /// called at the latest. `more_work`: returns true if the caller has found other work meanwhile; empty means no.
  /// REQUIRES: ready() is false.
  TimePoint prepare_wait(const std::function<bool()>& more_work = {});
  /// Calls prepare_wait(), then waits for an event or until the returned time. A lack of memory fails the run.
  void wait() noexcept;

  // First shard. The Run steps it.

  [[nodiscard]] Ports& ports() noexcept { return *ports_; }
  /// False if start() was not called, or has thrown.
  [[nodiscard]] bool has_ports() const noexcept { return ports_ != nullptr; }
  /// Creates the Lua state.
  Result<void> open_runtime();
  struct Loaded {
    std::vector<std::string> warnings;
    std::size_t left_out = 0;  ///< number of broken scripts that were left out
  };
  /// Selects and loads the scripts that the options name. `quietly`: drops their log lines.
  Result<Loaded> load_scripts(bool quietly);
  /// Completes the opening of the shard. It can process hosts then.
  void open_window();
  /// Null if the run has no scripts.
  [[nodiscard]] nse::Runtime* runtime() noexcept { return runtime_.get(); }
  [[nodiscard]] const ScriptSet& scripts() const noexcept { return scripts_; }
  /// Starts a phase of scripts without hosts. `rule`: Pre or Post.
  void start_phase(nse::ScriptRule rule);
  /// Empty between phases.
  [[nodiscard]] const std::optional<ScriptRun>& phase() const noexcept { return phase_; }
  /// True if all threads of the run level have ended, or there is no phase.
  [[nodiscard]] bool phase_level_finished() const;
  /// Kills the remaining child threads of the run level, and starts the next level. Returns false if there is none.
  bool start_phase_level();
  /// Runs a whole collection cycle if an ended script needs it.
  void collect_if_requested();
  /// Ends the phase, and kills its remaining threads. Returns its results, sorted by id.
  std::vector<ScriptResult> end_phase();
  /// Returns a copy of the script registry. Values that are no plain data are left out; adds their places and kinds to
  /// `left_out`. Throws std::bad_alloc.
  lua::Plain::Table copy_registry(std::set<std::string>& left_out);
  /// Ends the shard early. Its parts exist until the shard is destroyed.
  void close();
  /// Takes the orders and runs one turn. Returns false, without a turn, if the shard has to end. Throws std::bad_alloc
  /// and std::system_error.
  bool step();
  /// Polls the event loop, and expires the deadlines that were due before.
  void poll();

 private:
  /// Requests that the shard takes in its next turn.
  struct Orders {
    std::vector<Target> assigned;
    bool stats = false, with_threads = false, finish = false;
  };

  [[nodiscard]] scan::PortScan::Config scan_config();
  Result<void> open();
  /// Calls open(), and converts exceptions to errors.
  Result<void> open_or_explain() noexcept;
  void open_detector();
  /// Ends all hosts and script threads early. Reports the hosts that are up. Releases `reserve_` first, so that the
  /// reports can be made if memory is short.
  void break_off(const std::string& why);
  /// Ends a shard that is not the first. `in_order`: false after stop().
  void end(bool in_order);
  void set_state(State state);

  /// Handles the orders. Returns false if the shard has to end.
  bool take_orders();
  void answer_stats(bool with_threads);
  /// Stores the counts and the load for other threads.
  void publish();
  void wake() noexcept;

  /// Runs each part that is ready once. Script threads run several times while there are threads to start.
  void turn();
  void run_scripts();
  void run_threads();
  void resolve_deadlock(const std::function<bool()>& more_work);
  [[nodiscard]] bool parts_ready() const;
  /// True if no script thread may be resumed or started now (MemoryLimit).
  [[nodiscard]] bool short_of_memory() const noexcept { return runtime_ && runtime_->memory.exceeded(); }

  void on_log(event::Log log) override;
  void on_script_started(nse::ScriptThread& thread) override;
  void on_script_finished(nse::ScriptThread& thread, event::ScriptFinished finished) override;
  void on_worker_failed(event::ChildThreadFailed failed) override;
  void on_deadlock(event::DeadlockFound deadlock) override;
  void on_port_opened(const HostReport& host, const PortReport& port) override;
  std::size_t add_targets(std::vector<std::string> specifications) override;
  std::size_t targets_added() const override;
  void end_phase_script(const std::optional<ScriptResult>& result);
  void on_stuck();

  const RunParts& run_;
  const Budgets budgets_;
  const Position position_;
  std::atomic<State> state_ = State::New;
  std::atomic<bool> stop_requested_ = false, has_orders_ = false;
  std::atomic<std::size_t> load_ = 0;
  std::atomic<std::ptrdiff_t> vacancies_;
  std::atomic<Ports*> published_ports_ = nullptr;  ///< for wake()

  mutable std::mutex mutex_;  // of the following
  Orders orders_;
  std::string why_unable_;
  bool stats_pending_ = false;
  ShardStats stats_;
  HostWindow::Counts counts_;

  lua::Plain::Table registry_;       ///< script registry of a closed shard
  std::set<std::string> left_out_;   ///< places in it that were left out
  bool quiet_ = false;               ///< log lines of scripts are dropped
  std::unique_ptr<char[]> reserve_;  ///< memory that break_off() releases

  // The parts. Their destruction, in reverse order, is the shutdown: hosts with their script threads first, then the
  // Lua state, the network and the event loop.
  core::Scheduler scheduler_;
  std::optional<nse::CpuWatchdog> watchdog_;  ///< empty: no scripts
  std::unique_ptr<Ports> ports_;
  core::SlotPool slots_;
  SlotReclaimer slot_reclaimer_;
  std::optional<scan::PortScan> scan_;
  std::optional<service::Matcher> matcher_;    ///< empty without -sV
  std::optional<service::Detector> detector_;  ///< empty without -sV
  std::unique_ptr<nse::Runtime> runtime_;      ///< null: no scripts
  ScriptSet scripts_;
  std::optional<StartRound> starts_;
  std::optional<ScriptRun> phase_;
  std::vector<ScriptResult> phase_results_;
  std::optional<HostWindow> window_;
};

/// True if the options need a Lua state: for scripts, version scripts, --script-help or --script-updatedb.
[[nodiscard]] bool wants_scripts(const Options& options);

}  // namespace sluice::engine
