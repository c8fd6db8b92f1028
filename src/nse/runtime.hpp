#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/deadlines.hpp"
#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "lua/state.hpp"
#include "net/network.hpp"
#include "nse/script.hpp"
#include "nse/script_thread.hpp"

namespace sluice::nse {

/// What scripts may ask of the run they are part of.
struct RuntimeOptions {
  int verbosity = 0, debugging = 0, timing = 3;
  bool privileged = false;
  Family family = Family::Inet;
  std::size_t receive_limit = 16u << 20;
  std::vector<std::string> dns_servers;
  Value::Table arguments;  ///< --script-args
  /// The data-file search for regular files: "nselib/http.lua" to a path.
  std::function<std::optional<std::string>(const std::string& name)> find_file;
};

/// Whoever gathers what the scripts say. Called on the engine's thread.
class RuntimeObserver {
 public:
  virtual ~RuntimeObserver() = default;
  virtual void on_log(event::LogTo to, std::string text) = 0;
  /// Its rule said yes, or it was forced: the action begins.
  virtual void on_script_started(ScriptThread& thread) = 0;
  /// Called for every thread but workers, also for one whose rule said no (Silent).
  virtual void on_script_finished(ScriptThread& thread, event::ScriptFinished finished) = 0;
  /// nmap.add_targets: how many of the specifications the run takes on. With none: how many are on the list.
  virtual std::size_t add_targets(std::vector<std::string> specifications) = 0;
};

/// A host as its scripts see it. Outlives its threads.
struct ScriptHost {
  HostReport* report = nullptr;
  core::SlotLine line;
  lua::Ref table;
};

/// The Lua state of a run with everything scripts call, and the threads that run in it. One thread only. The parts it
/// is made with outlive it.
class Runtime {
 public:
  struct Parts {
    const Clock& clock;
    core::Scheduler& scheduler;
    core::SlotPool& slots;
    core::Deadlines& deadlines;
    net::Network& network;
  };
  /// Loads the libraries that every script needs; the error tells what is missing.
  static Result<std::unique_ptr<Runtime>> create(Parts parts, RuntimeOptions options, RuntimeObserver& observer);
  ~Runtime();

  /// Compiles a script and runs it once to read its fields (scheduler.md 3).
  Result<Script> load(const std::string& path, const std::string& id);
  /// Starts an instance of a script. `host` and `port` as the rule demands; null for pre and post rules.
  void start(const Script& script, ScriptRule rule, bool forced, ScriptHost* host, PortReport* port);
  /// Makes the table that scripts get for a host; to be called before the first start for it.
  void enter(ScriptHost& host);
  /// The host is done: no thread of it may be left.
  void leave(ScriptHost& host);
  /// Ends every thread.
  void stop();

  [[nodiscard]] std::size_t threads() const noexcept { return threads_.size(); }
  [[nodiscard]] ScriptThread* current() noexcept { return current_; }
  [[nodiscard]] ScriptHost* find_host(const std::string& address);
  void log(event::LogTo to, std::string text) { observer_.on_log(to, std::move(text)); }
  /// Destroys threads that have ended; never called from inside one.
  void reap();

  Parts parts;
  RuntimeOptions options;

 private:
  friend class ScriptThread;
  Runtime(Parts what, RuntimeOptions how, RuntimeObserver& observer)
      : parts(what), options(std::move(how)), observer_(observer) {}
  Result<void> open();

  RuntimeObserver& observer_;
  lua::State state_;
  lua::Ref driver_, environment_meta_;
  ScriptThread* current_ = nullptr;
  core::SlotLine hostless_;
  std::unordered_map<std::string, ScriptHost*> hosts_;
  std::unordered_map<ScriptThread*, std::unique_ptr<ScriptThread>> threads_;
  std::vector<std::unique_ptr<ScriptThread>> ended_;
};

}  // namespace sluice::nse
