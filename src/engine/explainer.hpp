// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sluice/explain.hpp>
#include <sluice/observer.hpp>
#include <string>
#include <vector>

#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "engine/budgets.hpp"
#include "engine/event_stream.hpp"
#include "engine/platform.hpp"
#include "engine/refusing_network.hpp"
#include "engine/scan_plan.hpp"
#include "engine/script_choice.hpp"
#include "engine/script_run.hpp"
#include "model/data_files.hpp"
#include "nse/runtime/cpu_watchdog.hpp"
#include "nse/runtime/runtime.hpp"

namespace sluice::engine {

/// Evaluates the rules of scripts over a RefusingNetwork, host after host, and calls no action. It has the parts of a
/// shard that scripts need, so rules see what they see in a run, with the same limits. Not thread-safe.
class Explainer final : private nse::RuntimeObserver, private Observer {
 public:
  using Answer = std::function<void(const RuleAnswer&)>;
  using Log = std::function<void(const event::Log&)>;

  /// `request` and `platform` must outlive this object. `log` may be empty.
  Explainer(const ExplainRequest& request, PlatformPort& platform, Answer answer, Log log);
  ~Explainer() override;

  /// Reads the files, checks the options and loads the scripts. Errors: as for explain_scripts().
  Result<void> open();
  /// Evaluates all rules.
  void run();

 private:
  /// A host whose rules are evaluated.
  struct Host final : nse::ScriptHost {
    HostReport state;
  };
  /// What is known about a chosen script.
  struct ScriptFacts {
    const nse::Script* script = nullptr;
    bool chosen = true, wanted = true;  ///< `wanted`: an answer is wanted
    std::size_t run_level = 1;
    std::vector<std::string> after;
  };

  Result<void> open_plan();
  Result<void> open_runtime();
  Result<void> load_scripts();
  /// Adds the scripts of ExplainRequest::only that were not chosen. Returns the ids of all of these scripts.
  Result<std::set<std::string>> add_further(std::vector<std::unique_ptr<ReadyScript>>& scripts);
  void warn_of(const ScriptChoice& choice);
  void note_levels();
  /// The options that choose scripts, for answers.
  [[nodiscard]] std::string selection_text() const;

  void run_phase(nse::ScriptRule rule);
  void run_host(HostReport report);
  /// Runs all levels. `host`: null for a phase without hosts.
  void run_levels(ScriptRun scripts, nse::ScriptHost* host);
  /// Runs each part that is ready once.
  void turn();
  /// Kills the script instances whose requests were refused.
  void end_refused();
  /// Waits for the next deadline, or resolves a deadlock.
  void wait();
  void add(RuleAnswer answer);
  /// Passes on the answers of a host or phase, sorted by port and script.
  void pass_on();
  void on_request(std::string request);

  // nse::RuntimeObserver
  void on_log(event::Log log) override;
  void on_script_started(nse::ScriptThread& thread) override;
  void on_script_finished(nse::ScriptThread& thread, event::ScriptFinished finished) override;
  void on_worker_failed(event::ChildThreadFailed failed) override;
  void on_deadlock(event::DeadlockFound deadlock) override;
  void on_port_opened(const HostReport& host, const PortReport& port) override;
  std::size_t add_targets(std::vector<std::string> specifications) override;
  std::size_t targets_added() const override;
  // Observer, for the log lines of events_
  void on_event(const Event& event) override;

  const ExplainRequest& request_;
  PlatformPort& platform_;
  const Answer answer_;
  const Log log_;
  Options options_;
  EventStream events_;
  std::optional<model::DataFiles> files_;
  std::optional<ScanPlan> plan_;
  std::vector<Endpoint> dns_servers_;
  std::vector<HostReport> hosts_;
  std::map<std::string, ScriptFacts> facts_;
  std::vector<RuleAnswer> answers_;  ///< of the current host or phase
  ScriptRun* running_ = nullptr;
  bool refused_ = false;  ///< a request was refused since the last end_refused()

  // Destroyed in reverse order, as the parts of a shard.
  core::Scheduler scheduler_;
  std::optional<nse::CpuWatchdog> watchdog_;
  core::Deadlines deadlines_;
  std::unique_ptr<net::EventLoop> loop_;
  RefusingNetwork network_;
  std::optional<core::SlotPool> slots_;
  std::unique_ptr<nse::Runtime> runtime_;
  ScriptSet scripts_;
  std::optional<StartRound> starts_;
};

}  // namespace sluice::engine
