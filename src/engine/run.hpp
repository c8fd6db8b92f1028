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

/// Reads and checks all that the options name, and makes a run. The observer must outlive it.
Result<std::unique_ptr<Engine>> create_run(Options options, Observer& observer, std::shared_ptr<PlatformPort> platform);

/// One execution of an engine: scripts before the hosts, the hosts, scripts after them. Assigns the hosts to N equal
/// shards. The thread of run() steps the first shard, which also has the scripts without hosts; a Driver steps the
/// others.
///
/// The members are declared in the order of their lives: what comes later may use what comes earlier.
class Run final : public Engine, private RunControl, private core::Expirable {
 public:
  struct Checked {
    std::shared_ptr<PlatformPort> platform;
    model::DataFiles files;
    ScanPlan plan;
    std::vector<Endpoint> dns_servers;
    SystemLimits limits;
  };
  Run(Options options, Observer& observer, Checked checked);
  ~Run() override;
  /// Reads and checks the rest of what the options name: targets, scripts, their arguments.
  Result<void> open();

  End run() override;
  std::optional<End> step() override;
  TimePoint next_deadline() override;
  int poll_fd() const noexcept override;
  void stop() noexcept override;
  void report_stats() noexcept override;
  void set_levels(int verbosity, int debugging) noexcept override;

 private:
  struct Levels {
    std::int16_t verbosity = 0, debugging = 0;
  };
  static constexpr Levels kUnchanged{-1, -1};
  static constexpr std::uint64_t kStats = 0, kProgress = 1, kOrder = 2;  ///< timers
  enum class Stage : std::uint8_t {
    New,
    Running,
    Ending,  ///< the first shard is closed; the others have been asked to stop
  };
  enum class Phase : std::uint8_t {
    PreScan,
    Hosts,
    Closing,  ///< of the other shards
    PostScan,
    Finished,
  };

  // run_open.cpp
  Result<void> open_scripts();
  Result<Value::Table> read_script_arguments() const;
  Result<void> open_script_help();

  // run.cpp: the course of the run
  [[nodiscard]] Shard& first() const noexcept { return *shards_.front(); }
  void start();
  void run_turn();
  [[nodiscard]] bool ready() const;
  void start_phase(Phase phase);
  void start_scripts(nse::ScriptRule rule);
  /// True if everything of the phase, or of the run level of its scripts, has ended.
  [[nodiscard]] bool phase_finished() const;
  void advance_phase();
  void end_scripts();
  void take_targets();
  /// Assigns a host to the shard with the fewest, which is started if need be.
  void assign(Target target);
  /// The shard with the fewest hosts among those that have room; null if none has.
  [[nodiscard]] Shard* least_loaded() const;
  [[nodiscard]] bool has_unstarted_hosts() const;
  /// Assigns the hosts of shards that could not be opened to the first shard.
  void reclaim_unstarted_hosts();
  void warn_of_missing_shard(const std::string& why);
  void start_closing();
  void merge_registries();
  /// Closes the first shard, and stops the others.
  void start_ending();
  [[nodiscard]] bool others_are_quiescent() const;
  /// Joins the driver and emits the last events.
  void end_run();
  [[nodiscard]] End how_ended() const;
  /// Of the hosts that are done.
  [[nodiscard]] HostWindow::Counts counts() const;
  /// The last event. `error` is "" if there is none. Thread-safe if the thread of run() stands still.
  void emit_run_finished(std::string error);

  // run_requests.cpp: what the embedder and the shards ask for
  std::size_t add_targets(std::vector<std::string> specifications) override;
  std::size_t targets_added() const override;
  [[nodiscard]] std::string stop_reason() const override;
  void fail(std::string why) override;
  void probe_given_up(int error) override;
  void on_news(Shard& shard) override;
  void on_stuck(Shard& shard, std::string why) override;
  [[nodiscard]] std::string failure() const;
  /// True if nothing moves but what is stuck. REQUIRES: mutex_ is held.
  [[nodiscard]] bool all_quiescent() const;
  void expired(std::uint64_t cookie) override;
  [[nodiscard]] bool has_new_targets() const;
  void target_skipped(std::string specification, std::string reason);
  void warn_of_left_out(const std::set<std::string>& places, std::string_view registry);
  void handle_requests();
  [[nodiscard]] bool has_requests() const;
  [[nodiscard]] bool stats_are_requested() const noexcept { return stats_requested_ || progress_requested_; }
  [[nodiscard]] bool levels_are_requested() const noexcept { return levels_requested_.load().verbosity >= 0; }
  /// The counters of all shards; nothing while one has not answered.
  [[nodiscard]] std::optional<ShardStats> collect_stats() const;
  void emit_stats(const ShardStats& stats);
  /// Emits how much of the run is done; false if that cannot be told.
  bool emit_progress(const ShardStats& stats);
  /// The task that most hosts are at, of several the last one that has begun; null if none has.
  [[nodiscard]] const Task* running_task() const;
  /// Reports the hosts that have waited long enough for their turn, and arms the timer for the next.
  void release_ordered_hosts();

  const std::shared_ptr<PlatformPort> platform_;
  const Options options_;
  const Clock& clock_;
  EventStream events_;
  Tasks tasks_;
  Task phase_task_;  ///< of the scripts before or after the hosts
  const model::DataFiles files_;
  Vendors vendors_{files_};
  const ScanPlan plan_;
  const std::vector<Endpoint> dns_servers_;
  const Budgets budgets_;  ///< of all shards together
  Value::Table arguments_;
  lua::Plain::Table shared_registry_;  ///< that the other shards start with
  TimePoint started_{};
  std::atomic<bool> stop_requested_ = false, stats_requested_ = false;
  bool progress_requested_ = false;
  std::atomic<Levels> levels_requested_ = kUnchanged;
  std::atomic<int> lack_ = 0;  ///< the errno for which the first probe was given up; 0 if none was

  const RunParts parts_;
  std::vector<std::unique_ptr<Shard>> shards_;  ///< their number does not change
  std::unique_ptr<Driver> driver_;              ///< joined before the shards go
  bool no_more_shards_ = false;                 ///< the system had too little for one
  std::unique_ptr<TargetFeed> feed_;
  core::Deadlines::Id stats_timer_, progress_timer_, order_timer_;
  bool stats_pending_ = false, stats_due_ = false;  ///< the shards were asked; for statistics, too
  TimePoint phase_started_{};
  Forecast forecast_;             ///< of the phase
  TimePoint order_due_ = kNever;  ///< of order_timer_
  std::size_t left_out_ = 0;
  Phase phase_ = Phase::PreScan;
  Stage stage_ = Stage::New;
  std::optional<End> end_;  ///< of a run that has ended

  mutable std::mutex mutex_;                       // of the following
  std::condition_variable quiesced_;               ///< a shard has come a step closer to its end
  std::size_t quiesce_epoch_ = 0;                  ///< how often
  std::vector<Shard*> stuck_;                      ///< they stand still for ever
  std::string failure_;                            ///< why the run ends before its end; "" if it does not
  std::unordered_set<std::string> added_targets_;  ///< by scripts
  std::vector<std::string> new_targets_;           ///< of these, what the feed does not have yet
};

}  // namespace sluice::engine
