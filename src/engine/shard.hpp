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

/// What a shard asks of its run. Called on the shard's thread, unless a function says otherwise.
class RunControl {
 public:
  virtual ~RunControl() = default;
  /// nmap.add_targets and nmap.new_targets_num, as nse::RuntimeObserver has them.
  virtual std::size_t add_targets(std::vector<std::string> specifications) = 0;
  virtual std::size_t targets_added() const = 0;
  /// Why the run ends before its end, as reports say it; "" if it does not. Thread-safe.
  [[nodiscard]] virtual std::string stop_reason() const = 0;
  /// Stops the run, which has failed. Thread-safe.
  virtual void fail(std::string why) = 0;
  /// A probe was given up since it could not be sent; `error` is the errno.
  virtual void probe_given_up(int error) = 0;
  /// Hosts of the shard are done, its counters have been asked for and are there, or its state has changed.
  virtual void on_news(Shard& shard) = 0;
  /// The shard's thread is stuck inside a C function and stands still. Called on another thread; does not return.
  virtual void on_stuck(Shard& shard, std::string why) = 0;
};

/// What all shards of a run share. Outlives them. Does not change while a shard works, except for what is thread-safe;
/// `arguments` and `registry` change only while at most the first shard has been started.
struct RunParts {
  PlatformPort& platform;
  const Options& options;
  const model::DataFiles& files;
  const ScanPlan& plan;
  const std::vector<Endpoint>& dns_servers;
  const Value::Table& arguments;      ///< of the scripts
  const lua::Plain::Table& registry;  ///< that shards other than the first start with
  const TimePoint& started;
  EventStream& events;
  Tasks& tasks;
  RunControl& control;
  Vendors& vendors;
};

/// Counters and progress of a shard, or of all shards together.
struct ShardStats {
  HostWindow::Counts done;
  std::size_t hosts = 0;  ///< in progress, or assigned
  HostWindow::Open open;
  std::size_t threads = 0, waiting_for_slot = 0, waiting_for_network = 0;
  nse::Runtime::LongestWait oldest;
  std::vector<std::string> live_threads;  ///< in words, with -d2
  ShardStats& operator+=(const ShardStats& other);
};

/// One of N equal shards of a run: an event loop with its network, port scan, Lua state, script threads, hosts and
/// budgets. Shards share no data but RunParts.
///
/// Its life: start(), then work() until that returns false. The hosts come by assign(). finish() asks for the end once
/// all hosts are done, stop() for the end at once. Only the first shard of a run has phases of scripts without hosts.
///
/// Owned by the Run. The functions under "Driver" are for one thread, which need not be the one that made the shard;
/// those under "First shard" are for the thread of Engine::run; all others are thread-safe.
class Shard final : private nse::RuntimeObserver {
 public:
  /// Which of the shards of a run it is, counted from 0.
  struct Position {
    std::size_t number = 0, count = 1;
  };
  Shard(const RunParts& run, Budgets budgets, Position position);
  ~Shard() override;
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  enum class State : std::uint8_t {
    New,
    Started,  ///< has its ports
    Working,  ///< takes hosts
    Unable,   ///< could not be opened: why_unable() tells why
    Closed,   ///< has ended; its counters and its registry are final
  };
  [[nodiscard]] State state() const noexcept { return state_; }
  /// True if nothing of the shard moves any more, or ever did.
  [[nodiscard]] bool quiescent() const noexcept {
    const State state = state_;
    return state == State::New || state == State::Unable || state == State::Closed;
  }

  /// Makes the ports. Throws std::system_error if the system gives no event loop. Not thread-safe.
  void start();
  /// Adds one host.
  void assign(Target target);
  /// Hosts that were assigned and are not done.
  [[nodiscard]] std::size_t load() const noexcept { return load_; }
  /// True if another host can be assigned.
  [[nodiscard]] bool has_room() const noexcept { return vacancies_ > 0; }
  /// Appends the hosts that an unable shard was assigned; returns why it is unable, the first time.
  std::string reclaim_unstarted_hosts(std::vector<Target>& hosts);
  /// Asks for the end once no host is left.
  void finish() noexcept;
  /// Asks for the end at once: unfinished hosts are reported with what is known. Async-signal-safe.
  void stop() noexcept;
  /// Asks for stats().
  void request_stats();
  /// The counters that were asked for; nothing while they are not there.
  [[nodiscard]] std::optional<ShardStats> stats() const;
  /// Of the hosts that are done.
  [[nodiscard]] HostWindow::Counts counts() const;
  /// Of a closed shard: what its scripts left in their registry, and the places of what is no plain data there.
  [[nodiscard]] lua::Plain::Table take_registry() { return std::move(registry_); }
  [[nodiscard]] const std::set<std::string>& left_out() const noexcept { return left_out_; }
  /// Of a stuck shard: reports what is known of its hosts. Nothing may follow but the end of the process.
  void emit_stuck_hosts(const std::string& why);

  // Driver.
  /// One step: opens the shard, or runs one turn and polls the loop, or closes the shard. Returns false once it is
  /// closed or unable.
  bool work() noexcept;
  /// True if work() would do something now.
  [[nodiscard]] bool ready() const;
  /// Prepares a wait while nothing is ready: resolves a deadlock, or lets the garbage collector look for slots. Returns
  /// when work() has to be called again at the latest. `more_work`: true if the caller has found work by then.
  TimePoint prepare_wait(const std::function<bool()>& more_work = {});
  /// prepare_wait, then sleeps until something has happened.
  void wait(const std::function<bool()>& more_work = {});

  // First shard: the driver is the Run.
  [[nodiscard]] Ports& ports() noexcept { return *ports_; }
  /// Makes the Lua state.
  Result<void> open_runtime();
  struct Loaded {
    std::vector<std::string> warnings;
    std::size_t left_out = 0;
  };
  /// Chooses and loads the scripts that the options name. `quietly`: what they log is dropped.
  Result<Loaded> load_scripts(bool quietly);
  /// The last step before hosts are taken.
  void open_window();
  [[nodiscard]] nse::Runtime* runtime() noexcept { return runtime_.get(); }
  [[nodiscard]] const ScriptSet& scripts() const noexcept { return scripts_; }
  /// Starts the scripts that have the rule, which is Pre or Post.
  void start_phase(nse::ScriptRule rule);
  [[nodiscard]] const std::optional<ScriptRun>& phase() const noexcept { return phase_; }
  /// True if all threads of the run level have ended.
  [[nodiscard]] bool phase_level_finished() const;
  /// Kills what is left of the run level and starts the next one; false if there is none.
  bool start_phase_level();
  /// Runs a whole cycle of the garbage collector if an ended script needs it.
  void collect_if_requested();
  /// Ends the phase, and kills what is left of it. Returns the results, sorted.
  std::vector<ScriptResult> end_phase();
  /// What scripts have left in their registry; where there is what is no data goes into `left_out`, with a word about
  /// it. Throws std::bad_alloc.
  lua::Plain::Table copy_registry(std::set<std::string>& left_out);
  /// Breaks off. The parts stay until the shard is destroyed.
  void close();
  /// Takes the orders and runs one turn. Throws std::bad_alloc and std::system_error.
  bool step();
  /// Takes what the system has ready, and expires the deadlines that are due.
  void poll();

 private:
  struct Orders {
    std::vector<Target> assigned;
    bool stats = false, finish = false;
  };

  [[nodiscard]] scan::PortScan::Config scan_config();
  Result<void> open();
  Result<void> open_or_explain() noexcept;
  void open_detector();
  /// What nmap.get_dns_servers gives: addresses, the last one first, as by Nmap (docs/nse-compat.md).
  [[nodiscard]] std::vector<std::string> name_servers() const;
  /// Ends everything: what is known of hosts that are up is reported. There is enough memory for that even where memory
  /// has become short.
  void break_off(const std::string& why);
  /// The end of a shard that is not the first.
  void end(bool in_order);
  void set_state(State state);

  /// Takes what others have asked for; false if the shard has to end.
  bool take_orders();
  void answer_stats();
  void publish();
  void wake() noexcept;

  /// Runs each part that is ready once; script threads more often while there are some to start.
  void turn();
  void run_scripts();
  void run_threads();
  void resolve_deadlock(const std::function<bool()>& more_work);
  [[nodiscard]] bool parts_ready() const;
  /// True if no script thread may be resumed or started now.
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

  lua::Plain::Table registry_;
  std::set<std::string> left_out_;
  bool quiet_ = false;
  std::unique_ptr<char[]> reserve_;  ///< memory for break_off

  // The parts, in the order of their lives: destroying them is the shutdown. Hosts and their threads go first, then the
  // Lua state, the network and the loop.
  core::Scheduler scheduler_;
  std::optional<nse::CpuWatchdog> watchdog_;  ///< if there are scripts
  std::unique_ptr<Ports> ports_;
  core::SlotPool slots_;
  SlotReclaimer slot_reclaimer_;
  std::optional<scan::PortScan> scan_;
  std::optional<service::Matcher> matcher_;    ///< with -sV
  std::optional<service::Detector> detector_;  ///< with -sV
  std::unique_ptr<nse::Runtime> runtime_;      ///< null: no scripts
  ScriptSet scripts_;
  std::optional<StartRound> starts_;
  std::optional<ScriptRun> phase_;
  std::vector<ScriptResult> phase_results_;
  std::optional<HostWindow> window_;
};

/// True if the options ask for scripts in any way.
[[nodiscard]] bool wants_scripts(const Options& options);

}  // namespace sluice::engine
