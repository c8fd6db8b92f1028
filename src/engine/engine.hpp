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

#include "core/deadlines.hpp"
#include "engine/budgets.hpp"
#include "engine/crew.hpp"
#include "engine/event_stream.hpp"
#include "engine/forecast.hpp"
#include "engine/scan_plan.hpp"
#include "engine/script_run.hpp"
#include "engine/shard.hpp"
#include "engine/target_feed.hpp"
#include "engine/vendors.hpp"
#include "model/data_files.hpp"

namespace sluice::engine {

/// The composition root, and the course of a run: scripts before the hosts, the hosts, scripts after them. It does all
/// of that with a shard on the engine's thread, and deals hosts to a crew of workers, too, if there is one.
///
/// What stands earlier among the members outlives what stands later.
class Run final : public Engine, private RunControl, private core::Expirable {
 public:
  Run(Options options, Observer& observer, model::DataFiles files, ScanPlan plan, std::vector<Endpoint> dns_servers,
      std::size_t descriptors);
  ~Run() override;
  /// Reads and checks the rest of what the options name: targets, scripts, their arguments.
  Result<void> open();

  End run() override;
  void stop() noexcept override;
  void report_stats() noexcept override;
  void set_levels(int verbosity, int debugging) noexcept override;

 private:
  struct Levels {
    std::int16_t verbosity = 0, debugging = 0;
  };
  static constexpr Levels kAsTheyAre{-1, -1};
  static constexpr std::uint64_t kStats = 0, kProgress = 1, kOrder = 2;  ///< timers
  enum class Phase : std::uint8_t { Before, Hosts, After, Over };

  // engine.cpp: wiring
  Result<void> open_scripts();
  Result<Value::Table> script_arguments() const;
  Result<void> open_script_help();

  // run.cpp: the loop
  void run_to_end();
  void begin_run();
  void turn();
  [[nodiscard]] bool ready() const;
  [[nodiscard]] bool standing_is_requested() const noexcept { return stats_requested_.load() || progress_requested_; }
  [[nodiscard]] bool levels_are_requested() const noexcept { return levels_requested_.load().verbosity >= 0; }
  void begin_phase(Phase phase);
  void begin_script_phase();
  void begin_hosts();
  /// Is everything of the phase, or of the run level of its scripts, over?
  [[nodiscard]] bool phase_finished() const;
  void move_phase_on();
  void end_script_phase();
  [[nodiscard]] bool can_take_target() const;
  void take_targets();
  /// Gives a host to whoever has the fewest.
  void assign(Target target);
  /// Takes the hosts of workers that could not begin into the own window; true if there were any.
  bool reclaim_unstarted_hosts();
  void warn_of_missing_worker(const std::string& why);
  void end_hosts();
  void end_run();
  /// Of hosts that are done. Once the workers are over, or stand still.
  [[nodiscard]] HostWindow::Counts counts() const;
  /// The last event; from any thread, if the engine's does not move. `error` is "" if there is none.
  void emit_run_finished(std::string error);

  // control.cpp: what others ask for and tell
  void phase_script_ended(const std::optional<ScriptResult>& result) override;
  std::size_t add_targets(std::vector<std::string> specifications) override;
  std::size_t targets_added() const override;
  void fail(std::string why) override;
  [[nodiscard]] std::string stop_reason() const override;
  [[nodiscard]] std::string failure() const;
  void probe_given_up(int error) override;
  void on_stuck(Shard& shard, std::string why) override;
  /// But for those that are stuck. With mutex_ held.
  [[nodiscard]] bool all_quiesced() const;
  void expired(std::uint64_t cookie) override;
  /// Of a worker.
  void on_news();
  [[nodiscard]] bool has_new_targets() const;
  void target_skipped(std::string specification, std::string reason);
  void warn_of_left_out(const std::set<std::string>& places, std::string_view registry);
  /// What was asked for of statistics and progress.
  void emit_requested();
  void emit_stats(const ShardStats& standing);
  /// How much of the run is done; false if that cannot be told.
  bool emit_progress(const ShardStats& standing);
  /// The task that most hosts are at, of several the last one that has begun; null if none has.
  [[nodiscard]] const Task* running_task() const;
  /// Tells the hosts that have waited long enough for their turn in the reports, and wakes the loop for the next.
  void time_host_order();

  const Options options_;
  SystemClock clock_;
  EventStream events_;
  Tasks tasks_;
  Task phase_task_;  ///< of the scripts before or after the hosts
  const model::DataFiles files_;
  Vendors vendors_{files_};
  const ScanPlan plan_;
  const std::vector<Endpoint> dns_servers_;
  const Budgets whole_;  ///< of the run, all shards together
  const std::size_t shards_;
  TimePoint started_{};
  std::atomic<bool> stop_requested_ = false, stats_requested_ = false;
  bool progress_requested_ = false;
  std::atomic<Levels> levels_requested_ = kAsTheyAre;
  std::atomic<int> lack_ = 0;  ///< the errno for which the first probe was given up; 0 if none was

  const RunParts parts_;
  Shard shard_;
  std::unique_ptr<TargetFeed> feed_;
  core::Deadlines::Id stats_timer_, progress_timer_, order_timer_;
  bool standing_due_ = false, stats_due_ = false;  ///< the workers were asked; for statistics, too
  TimePoint phase_started_{};
  Forecast forecast_;             ///< of the phase
  TimePoint order_due_ = kNever;  ///< of order_timer_
  std::size_t left_out_ = 0;

  Phase phase_ = Phase::Before;
  std::optional<ScriptRun> phase_run_;  ///< of the scripts before or after the hosts
  std::vector<ScriptResult> phase_results_;

  mutable std::mutex mutex_;                       // of the following
  std::condition_variable came_to_rest_;           ///< a shard
  bool quiesced_ = false;                          ///< this thread's one, at the end of the run
  std::vector<Shard*> stuck_;                      ///< they stand still for ever
  std::size_t quiesce_epoch_ = 0;                  ///< so often has one come a step closer to its rest
  std::string failure_;                            ///< why the engine has to stop; "" if it has not
  std::unordered_set<std::string> added_targets_;  ///< by scripts
  std::vector<std::string> new_targets_;           ///< of these, what the feed has not got yet

  Crew crew_;
};

}  // namespace sluice::engine
