#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <sluice/engine.hpp>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/deadlines.hpp"
#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "engine/budgets.hpp"
#include "engine/event_stream.hpp"
#include "engine/host_window.hpp"
#include "engine/scan_plan.hpp"
#include "engine/script_choice.hpp"
#include "engine/script_run.hpp"
#include "engine/slot_collector.hpp"
#include "engine/target_feed.hpp"
#include "model/data_files.hpp"
#include "net/asio_network.hpp"
#include "net/event_loop.hpp"
#include "nse/runtime.hpp"
#include "scan/port_scan.hpp"

namespace sluice::engine {

/// The composition root: makes every part, hands each what it works with, and runs the loop. What stands earlier among
/// the members outlives what stands later, so that destroying it is the shutdown: hosts and their threads first, the
/// Lua state, then the network and its loop.
class RunningEngine final : public Engine, private nse::RuntimeObserver, private core::Expirable {
 public:
  RunningEngine(Options options, Observer& observer, model::DataFiles files, ScanPlan plan,
                std::vector<Endpoint> dns_servers, std::size_t descriptors);
  ~RunningEngine() override;
  /// Reads and checks the rest of what the options name: targets, scripts, their arguments.
  Result<void> open();

  End run() override;
  void stop() noexcept override;
  void report_stats() noexcept override;

 private:
  enum class Phase : std::uint8_t { Before, Hosts, After, Over };

  // engine.cpp: wiring
  [[nodiscard]] scan::PortScan::Config scan_config(std::size_t descriptors);
  Result<void> open_scripts();
  Result<Value::Table> script_arguments() const;
  Result<void> open_script_help();
  void say_later(std::string line) { opening_.push_back({event::LogTo::Output, std::move(line)}); }
  void warn_later(std::string line) { opening_.push_back({event::LogTo::Error, std::move(line)}); }

  // run.cpp: the loop
  void run_to_end();
  void begin_run();
  void turn();
  [[nodiscard]] bool ready() const;
  void idle();
  void end_dead_end();
  void begin_phase(Phase phase);
  /// Is everything of the phase, or of the run level of its scripts, over?
  [[nodiscard]] bool phase_over() const;
  void move_phase_on();
  void end_script_phase();
  void take_targets();
  void end_run();
  /// The last event; from any thread, if the engine's does not move.
  void tell_end();

  // observe.cpp: what others tell
  void on_log(event::LogTo to, std::string text) override;
  void on_script_started(nse::ScriptThread& thread) override;
  void on_script_finished(nse::ScriptThread& thread, event::ScriptFinished finished) override;
  void on_worker_failed(event::WorkerFailed failed) override;
  void on_port_opened(const HostReport& host, const PortReport& port) override;
  std::size_t add_targets(std::vector<std::string> specifications) override;
  std::size_t targets_added() const override;
  void on_exit(const nse::ScriptThread& thread) override;
  void on_stuck(std::string culprit) override;
  void expired(std::uint64_t cookie) override;
  void target_skipped(std::string specification, std::string reason);
  void tell_stats();
  /// How much of the run is done, if that can be told.
  void tell_progress();

  const Options options_;
  SystemClock clock_;
  EventStream events_;
  const model::DataFiles files_;
  const ScanPlan plan_;
  const Budgets budgets_;
  std::vector<event::Log> opening_;  ///< lines of create, told when the run has begun
  std::size_t left_out_ = 0;
  std::string failure_;  ///< why the engine has to stop; "" if it has not
  bool begun_ = false;   ///< RunStarted was told
  TimePoint started_{};
  std::atomic<bool> stop_requested_ = false, stats_requested_ = false;

  core::Deadlines deadlines_;
  core::Deadlines::Id stats_timer_;
  core::Scheduler scheduler_;
  core::SlotPool slots_;
  SlotCollector slot_collector_;
  net::EventLoop loop_;
  net::AsioNetwork network_;
  scan::PortScan scan_;
  std::unique_ptr<TargetFeed> feed_;
  std::unique_ptr<nse::Runtime> runtime_;  ///< null: no scripts
  ScriptSet scripts_;
  std::optional<StartRound> starts_;

  Phase phase_ = Phase::Before;
  std::optional<ScriptRun> phase_run_;  ///< of the scripts before or after the hosts
  std::vector<ScriptReport> phase_results_;
  Task phase_task_;
  std::optional<HostWindow> window_;
  std::unordered_set<std::string> added_targets_;  // by scripts
};

}  // namespace sluice::engine
