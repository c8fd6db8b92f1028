// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <sluice/engine.hpp>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/budgets.hpp"
#include "engine/driver.hpp"
#include "engine/event_stream.hpp"
#include "engine/forecast.hpp"
#include "engine/platform.hpp"
#include "engine/scan_plan.hpp"
#include "engine/shard.hpp"
#include "engine/target_feed.hpp"
#include "engine/vendors.hpp"
#include "model/data_files.hpp"

namespace sluice::engine {

/// Creates an engine (Engine::create). `observer` must outlive it.
Result<std::unique_ptr<Engine>> create_run(Options options, Observer& observer, std::shared_ptr<PlatformPort> platform);

/// One execution of an engine. It has three phases: pre-scan scripts, hosts, post-scan scripts. Assigns the hosts to N
/// equal shards. The thread of run() and step() steps the first shard, which also runs the scripts without hosts. A
/// Driver steps the other shards.
///
/// Owned by the embedder. Thread-safe: stop(), report_stats(), set_levels(), status(), and the functions of RunControl.
class Run final : public Engine, private RunControl, private core::Expirable {
 public:
  /// The parts of a run that are read and checked before it is created.
  struct Checked {
    std::shared_ptr<PlatformPort> platform;
    model::DataFiles files;
    ScanPlan plan;
    std::vector<Endpoint> dns_servers;
    SystemLimits limits;
  };
  Run(Options options, Observer& observer, Checked checked);
  ~Run() override;
  /// Reads and checks the other parts: targets, scripts, arguments of scripts. Errors: as for Engine::create.
  Result<void> open();

  End run() override;
  std::optional<End> step() override;
  TimePoint next_deadline() override;
  int poll_fd() const noexcept override;
  void stop() noexcept override;
  void hold_hosts(bool hold) noexcept override;
  void report_stats() noexcept override;
  void set_levels(int verbosity, int debugging) noexcept override;
  std::optional<RunStatus> status() override;

 private:
  struct Levels {
    std::int16_t verbosity = 0, debugging = 0;
  };
  static constexpr Levels kUnchanged{-1, -1};
  static constexpr std::uint64_t kStats = 0, kProgress = 1, kOrder = 2,
                                 kMaxTime = 3;  ///< cookies of the deadlines
  enum class Stage : std::uint8_t {
    New,
    Running,
    Ending,  ///< the first shard is closed; the others are closed or stopping
  };
  enum class Phase : std::uint8_t {
    PreScan,
    Hosts,
    Closing,  ///< waits for the end of the other shards
    PostScan,
    Finished,
  };

  // run_open.cpp
  Result<void> open_scripts();
  Result<void> open_script_help();

  // run.cpp: the course of the run
  [[nodiscard]] Shard& first() const noexcept { return *shards_.front(); }
  void start();
  void run_turn();
  [[nodiscard]] bool ready() const;
  void start_phase(Phase phase);
  void start_scripts(nse::ScriptRule rule);
  /// Emits a warning for each script of the post-scan phase that lacks what earlier attempts have stored in registries.
  void warn_of_lost_values();
  /// Warns if scripts or data files have changed since the first attempt at the run.
  void warn_of_changed_files();
  /// True if the phase has ended; in a phase of scripts, if its run level has ended.
  [[nodiscard]] bool phase_finished() const;
  void advance_phase();
  /// Ends the scripts without hosts of the phase. `interrupted`: the run ends early.
  void end_scripts(bool interrupted = false);
  void take_targets();
  /// Reports a host that an earlier attempt of the run has finished.
  void count_and_report(Target& target);
  /// Assigns a host to the least loaded shard, and starts that shard if it is new.
  void assign(Target target);
  /// Starts a shard. False if the system has too little for it; the run goes on without it.
  bool start_shard(Shard& shard);
  /// True if next hosts are there, and may start.
  [[nodiscard]] bool can_take_targets() const { return !hosts_held_ && feed_->ready() && least_loaded(); }
  /// Returns the shard with the fewest hosts among those that have room; null if none has room.
  [[nodiscard]] Shard* least_loaded() const;
  /// True if a shard that could not be opened has assigned hosts.
  [[nodiscard]] bool has_unstarted_hosts() const;
  /// Assigns the hosts of shards that could not be opened to the first shard.
  void reclaim_unstarted_hosts();
  void warn_of_missing_shard(const std::string& why);
  void start_closing();
  /// Adds the script registries of the closed shards to that of the first shard.
  void merge_registries();
  /// Closes the first shard, and stops the others.
  void start_ending();
  [[nodiscard]] bool others_are_quiescent() const;
  /// Joins the driver and emits the last events.
  void end_run();
  /// Emits why the run had no host.
  void explain_empty_run();
  [[nodiscard]] End how_ended() const;
  /// Returns the counts of the hosts that are done.
  [[nodiscard]] HostWindow::Counts counts() const;
  /// Emits event::RunFinished. `error`: "" if there is none. May be called by another thread if the thread of run() is
  /// stuck.
  void emit_run_finished(std::string error);

  // run_requests.cpp: requests of the embedder and of the shards
  std::size_t add_targets(std::vector<std::string> specifications) override;
  std::size_t targets_added() const override;
  [[nodiscard]] std::string stop_reason() const override;
  void fail(std::string why) override;
  void probe_given_up(int error) override;
  void on_news(Shard& shard) override;
  void on_stuck(Shard& shard, std::string why) override;
  [[nodiscard]] std::string failure() const;
  /// True if each shard is quiescent or stuck. REQUIRES: mutex_ is held.
  [[nodiscard]] bool all_quiescent() const;
  void expired(std::uint64_t cookie) override;
  [[nodiscard]] bool has_new_targets() const;
  void target_skipped(std::string specification, std::string reason);
  void warn_of_left_out(const std::set<std::string>& places, std::string_view registry);
  void handle_requests();
  [[nodiscard]] bool has_requests() const;
  [[nodiscard]] bool stats_are_requested() const noexcept {
    return stats_requested_ || progress_requested_ || status_requested_;
  }
  [[nodiscard]] bool levels_are_requested() const noexcept { return levels_requested_.load().verbosity >= 0; }
  /// Returns the sum of the stats of all shards; nothing while a shard has not answered the request.
  [[nodiscard]] std::optional<ShardStats> collect_stats() const;
  [[nodiscard]] event::Stats stats_of(const ShardStats& now) const;
  void emit_stats(const ShardStats& now);
  /// Returns the progress of the phase; nothing if its end cannot be estimated. `forecast`: the one of the phase, or a
  /// copy that leaves it unchanged.
  [[nodiscard]] std::optional<event::TaskProgress> progress_of(const ShardStats& now, Forecast& forecast) const;
  /// Emits event::TaskProgress. Returns false if the end cannot be estimated.
  bool emit_progress(const ShardStats& now);
  /// Stores what status() returns.
  void store_status(const ShardStats& now);
  /// Returns the task that most hosts do, of several the last one in the order of a host run; null if none has started.
  [[nodiscard]] const Task* running_task() const;
  /// Emits the host reports that have waited long enough for their turn, and arms the deadline for the next one.
  void release_ordered_hosts();

  // Members are destroyed in reverse order: each uses only those before it.
  const std::shared_ptr<PlatformPort> platform_;
  const Options options_;
  const Clock& clock_;
  EventStream events_;
  Tasks tasks_;
  Task phase_task_;  ///< the scripts of the pre-scan or post-scan phase
  const model::DataFiles files_;
  Vendors vendors_{files_};
  const ScanPlan plan_;
  const std::vector<Endpoint> dns_servers_;
  const Budgets budgets_;  ///< of all shards together
  Value::Table arguments_;
  lua::Plain::Table shared_registry_;  ///< script registry with which the other shards start
  TimePoint started_{};
  std::atomic<bool> stop_requested_ = false, stats_requested_ = false, status_requested_ = false, hosts_held_ = false;
  std::atomic<bool> max_time_expired_ = false;  ///< --max-time has stopped the run
  bool progress_requested_ = false;
  std::atomic<Levels> levels_requested_ = kUnchanged;
  std::atomic<int> lack_ = 0;  ///< errno of the first probe that was given up; 0 if none was

  const RunParts parts_;
  std::vector<std::unique_ptr<Shard>> shards_;  ///< their number does not change
  std::unique_ptr<Driver> driver_;              ///< joined before the shards are destroyed
  bool no_more_shards_ = false;                 ///< a shard could not be started or opened
  std::unique_ptr<TargetFeed> feed_;
  core::Deadlines::Id stats_timer_, progress_timer_, order_timer_, max_timer_;
  bool stats_pending_ = false,  ///< the stats of the shards were requested, and are not emitted yet
      stats_due_ = false,       ///< event::Stats was requested
      progress_due_ = false,    ///< event::TaskProgress was requested, alone or with event::Stats
      status_due_ = false;      ///< status() has requested counters
  TimePoint phase_started_{};
  Forecast forecast_;             ///< of the phase
  TimePoint order_due_ = kNever;  ///< the time of order_timer_
  HostWindow::Counts waited_;     ///< hosts that earlier attempts of the run have finished
  std::size_t left_out_ = 0;      ///< number of broken scripts that were left out
  Phase phase_ = Phase::PreScan;
  Stage stage_ = Stage::New;
  std::optional<End> end_;  ///< set when the run has ended

  std::mutex status_mutex_;          // of the following; apart, because observers may call status()
  std::optional<RunStatus> status_;  ///< what status() returns

  mutable std::mutex mutex_;                       // of the following
  std::condition_variable quiesced_;               ///< notified when quiesce_epoch_ changes
  std::size_t quiesce_epoch_ = 0;                  ///< number of calls of on_news() and on_stuck()
  std::vector<Shard*> stuck_;                      ///< shards whose threads are stuck; they never continue
  std::string failure_;                            ///< why the run has failed; "" if it has not
  std::unordered_set<std::string> added_targets_;  ///< targets that scripts have added
  std::vector<std::string> new_targets_;           ///< those of them that the feed has not received yet
};

}  // namespace sluice::engine
