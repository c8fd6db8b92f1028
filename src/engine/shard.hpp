#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <sluice/options.hpp>
#include <string>
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
#include "engine/slot_reclaimer.hpp"
#include "engine/vendors.hpp"
#include "lua/plain.hpp"
#include "model/data_files.hpp"
#include "net/asio_network.hpp"
#include "net/event_loop.hpp"
#include "net/system_pinger.hpp"
#include "nse/runtime.hpp"
#include "scan/port_scan.hpp"
#include "service/detector.hpp"

namespace sluice::engine {

class Shard;

/// What a shard asks of its run. Called on the shard's thread.
class RunControl {
 public:
  virtual ~RunControl() = default;
  /// Threads of the scripts before or after the hosts tell their results here.
  virtual void phase_script_ended(const std::optional<ScriptResult>& result) = 0;
  /// nmap.add_targets and nmap.new_targets_num, as nse::RuntimeObserver has them.
  virtual std::size_t add_targets(std::vector<std::string> specifications) = 0;
  virtual std::size_t targets_added() const = 0;
  /// Why the run ends before its end, as its reports say it. Any thread.
  [[nodiscard]] virtual std::string stop_reason() const = 0;
  /// The run is to end in order, and has failed.
  virtual void fail(std::string why) = 0;
  /// A probe was given up, as it could not be sent; `error` is the errno.
  virtual void probe_given_up(int error) = 0;
  /// The last resort: the shard's thread is stuck and stands still, this is another one. Ends the process.
  virtual void on_stuck(Shard& shard, std::string why) = 0;
};

/// What all shards of a run have in common. Outlives them, and does not change while they live but for what any thread
/// may use.
struct RunParts {
  const Options& options;
  const model::DataFiles& files;
  const ScanPlan& plan;
  const std::vector<Endpoint>& dns_servers;
  const Clock& clock;
  const TimePoint& started;
  EventStream& events;
  Tasks& tasks;
  RunControl& control;
  Vendors& vendors;
};

/// Counters and progress of a shard.
struct ShardStats {
  HostWindow::Counts done;
  std::size_t hosts = 0;  ///< being dealt with,
  HostWindow::Open open;  ///< of these
  std::size_t threads = 0, waiting_for_slot = 0, waiting_for_network = 0;
  nse::Runtime::LongestWait oldest;
  std::vector<std::string> live_threads;  ///< in words, with -d2
  ShardStats& operator+=(const ShardStats& other);
};

/// A loop with everything that lives in it: hosts, their scans and their scripts in a Lua state, their sockets, and the
/// budgets for these. Shards share no data but RunParts. One thread only, which need not be the one that makes it.
///
/// What stands earlier among the members outlives what stands later, so that destroying it is the shutdown: hosts and
/// their threads first, the Lua state, then the network and its loop.
class Shard final : private nse::RuntimeObserver {
 public:
  /// `budgets` are this shard's. Throws std::system_error when the system gives no event loop.
  Shard(const RunParts& run, Budgets budgets);
  ~Shard() override { window.reset(); }  // for the last resort, which looks whether it is there

  /// Makes the Lua state. Without it there are no scripts.
  Result<void> open_runtime(Value::Table arguments);
  /// Chooses the scripts that the options name and loads them. Lines of theirs are told unless `quietly`.
  struct Loaded {
    std::vector<std::string> warnings;
    std::size_t left_out = 0;
  };
  Result<Loaded> load_scripts(bool quietly);
  /// The last step before hosts are taken.
  void open_window();

  /// Runs each part that is ready once; threads more often while there are some to start.
  void turn();
  /// Would turn() do anything?
  [[nodiscard]] bool ready() const;
  /// Takes what the system has ready and the deadlines that are due.
  void poll();
  /// Nothing is ready: sleeps until something is, or somebody wakes it. `ready` is asked whether other work has come up
  /// meanwhile. Threads that wait only for each other are ended.
  void idle(const std::function<bool()>& ready);
  /// Sleeps until something has happened.
  void wait(TimePoint until);
  /// Ends all: what is known of hosts that are up is told. Even where memory has become short there is enough for that.
  void break_off(const std::string& why);
  /// What scripts have left in their registry; where there is what is no data goes into `left_out`, with a word about
  /// it. Throws std::bad_alloc.
  lua::Plain::Table take_registry(std::set<std::string>& left_out);

  [[nodiscard]] ShardStats stats() const;

 private:
  const RunParts& run_;
  const Budgets budgets_;

 public:
  // The parts, in the order of their lives.
  core::Deadlines deadlines;
  core::Scheduler scheduler;
  core::SlotPool slots;
  SlotReclaimer slot_collector;
  net::EventLoop loop;
  net::AsioNetwork network;
  net::SystemPinger pinger;
  scan::PortScan scan;
  std::optional<service::Matcher> matcher;    ///< with -sV
  std::optional<service::Detector> detector;  ///< with -sV
  std::unique_ptr<nse::Runtime> runtime;      ///< null: no scripts
  ScriptSet scripts;
  std::optional<StartRound> starts;
  std::optional<HostWindow> window;

 private:
  [[nodiscard]] scan::PortScan::Config scan_config();
  void open_detector();
  /// What nmap.get_dns_servers gives: addresses, the last one first, as by Nmap (docs/nse-compat.md).
  [[nodiscard]] std::vector<std::string> name_servers() const;
  /// True if no script thread may be resumed or started now.
  [[nodiscard]] bool short_of_memory() const noexcept { return runtime && runtime->memory.exceeded(); }
  void run_scripts();
  void run_threads();
  void resolve_deadlock(const std::function<bool()>& ready);

  void on_log(event::Log log) override;
  void on_script_started(nse::ScriptThread& thread) override;
  void on_script_finished(nse::ScriptThread& thread, event::ScriptFinished finished) override;
  void on_worker_failed(event::ChildThreadFailed failed) override;
  void on_deadlock(event::DeadlockFound deadlock) override;
  void on_port_opened(const HostReport& host, const PortReport& port) override;
  std::size_t add_targets(std::vector<std::string> specifications) override;
  std::size_t targets_added() const override;
  void on_stuck(std::string culprit) override;

  bool quiet_ = false;
  std::unique_ptr<char[]> reserve_;  ///< memory for break_off
};

}  // namespace sluice::engine
