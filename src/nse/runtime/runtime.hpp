#pragma once

#include <cassert>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/deadlines.hpp"
#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "lua/state.hpp"
#include "net/network.hpp"
#include "nse/runtime/cpu_watchdog.hpp"
#include "nse/runtime/garbage_collector.hpp"
#include "nse/runtime/kill.hpp"
#include "nse/runtime/memory_limit.hpp"
#include "nse/runtime/nmap_db.hpp"
#include "nse/runtime/registry.hpp"
#include "nse/runtime/script.hpp"
#include "nse/runtime/script_thread.hpp"
#include "nse/runtime/trace.hpp"

namespace sluice::nse {

/// What scripts may ask of the run they are part of.
struct RuntimeOptions {
  int verbosity = 0, debugging = 0, timing = 3;
  bool privileged = false;
  bool script_trace = false;
  bool unsafe_lua = false;  ///< nothing of Lua is refused (unsafe_lua.hpp)
  Family family = Family::Inet;
  std::size_t receive_limit = 16u << 20;
  std::size_t script_memory = 0;  ///< bytes that the Lua of all scripts may take; 0: no bound
  std::optional<Duration> script_timeout;
  std::optional<Address> source;  ///< -S
  std::string interface;          ///< -e, "" if not given
  int ttl = 64;
  unsigned data_length = 0;
  std::vector<std::string> dns_servers;  ///< addresses, in the order of nmap.get_dns_servers
  Value::Table arguments;                ///< --script-args
  int version_intensity = 7;
  /// Numbers of script threads: the first, and the distance to the next. Shards of one run have disjoint numbers.
  std::uint64_t first_thread_number = 1, thread_number_step = 1;
  /// Are ports left out of version detection? Empty: none.
  std::function<bool(std::uint16_t port, Protocol protocol)> is_excluded;
  /// The data-file search for regular files: "nselib/http.lua" to a path. Has to be given.
  std::function<std::optional<std::string>(const std::string& name)> find_file;
};

/// Whoever gathers what the scripts say. Called on the engine's thread.
class RuntimeObserver {
 public:
  virtual ~RuntimeObserver() = default;
  virtual void on_log(event::Log log) = 0;
  /// Its rule said yes, or it was forced: the action begins.
  virtual void on_script_started(ScriptThread& thread) = 0;
  /// Called for every thread but workers, also for one whose rule said no (Silent).
  virtual void on_script_finished(ScriptThread& thread, event::ScriptFinished finished) = 0;
  /// A worker failed or was ended.
  virtual void on_worker_failed(event::ChildThreadFailed failed) = 0;
  virtual void on_deadlock(event::DeadlockFound deadlock) = 0;
  /// A script opened a port by nmap.set_port_state.
  virtual void on_port_opened(const HostReport& host, const PortReport& port) = 0;
  /// nmap.add_targets: how many of the specifications the run takes on or took on before: a host is scanned once,
  /// however many scripts find it. With none: how many are on the list.
  virtual std::size_t add_targets(std::vector<std::string> specifications) = 0;
  /// nmap.new_targets_num: how many different ones were ever taken on.
  virtual std::size_t targets_added() const = 0;
};

/// A host as its scripts see it. Outlives its threads, also those that have ended and are still to be destroyed; the
/// destructor asserts it.
struct ScriptHost {
  ScriptHost() = default;
  ~ScriptHost() { assert(thread_objects == 0); }
  ScriptHost(const ScriptHost&) = delete;
  ScriptHost& operator=(const ScriptHost&) = delete;
  void add(ScriptThread& thread) noexcept {
    threads.push_back(thread);
    ++thread_objects;
  }
  /// One of its threads is destroyed.
  void remove() noexcept { --thread_objects; }

  HostReport* report = nullptr;  ///< none: the threads of pre and post rules
  core::HostSlotQueue line;
  std::optional<net::Route> route;                   ///< the way to it, if its scripts are to know it
  lua::Ref table;                                    ///< of which threads get copies
  std::uint64_t serial = 0;                          ///< while it is entered
  IntrusiveList<ScriptThread, OfHostTag> threads{};  ///< that live
  std::size_t thread_objects = 0;                    ///< with those that have ended and are not destroyed
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
    CpuWatchdog& watchdog;  ///< with on_cpu_limit as its hook
    std::function<std::uint64_t()> random_seed;
  };
  /// Loads the libraries that every script needs; the error tells what is missing.
  static Result<std::unique_ptr<Runtime>> create(Parts parts, RuntimeOptions options, RuntimeObserver& observer);
  ~Runtime();

  /// Compiles a script and runs it once to read its fields (scheduler.md 3). `skipped` if it asked to be left out
  /// without a word (stdnse.silent_require).
  struct Loaded {
    Script script;
    bool skipped = false;
    std::string reason{};  ///< of that, in one line
    std::string doubt{};   ///< names a field that is probably misspelt, as a question; "" if there is none
  };
  Result<Loaded> load(const std::string& path, const std::string& id);
  /// Starts an instance of a script. `host` and `port` as the rule demands; null for pre and post rules.
  void start(const Script& script, ScriptRule rule, bool forced, ScriptHost* host, PortReport* port);
  /// Makes the table that scripts get for a host; to be called before the first start for it.
  void enter(ScriptHost& host);
  /// The host is done. Kills its remaining threads, which are child threads of ended ones, and destroys all of its
  /// threads. REQUIRES: no script thread is running.
  void leave(ScriptHost& host);
  /// Ends the threads of a host, workers included; null: those of the pre or post phase. Workers whose parents have
  /// ended live until this is called.
  void kill(ScriptHost* host, event::Outcome outcome);
  /// Ends a script instance with its child threads: that of this thread. Their report says why.
  void kill_instance(const ScriptThread& of, event::KillCause cause, const std::string& why);
  /// Ends every thread.
  void stop();

  [[nodiscard]] std::size_t threads() const noexcept { return threads_.size(); }
  /// Threads that something outside will wake: the network or a timer. The others wait for each other.
  [[nodiscard]] std::size_t waiting_for_network() const noexcept { return threads_.size() - thread_waits_; }
  /// Nothing is left that could wake any thread: ends one after the other, with a message that tells what it waits for,
  /// until somebody can go on. Those that hold a slot or a mutex come first, as others may wait for it; then the rest;
  /// of either, who has waited longest.
  void end_deadlocked();
  struct LongestWait {
    Duration waited{};
    std::string text;  ///< "banner against 127.0.0.1:80 waits 3.2 s for receive"; "" if none waits
  };
  /// The one that waits longest.
  [[nodiscard]] LongestWait oldest() const;
  /// Each live thread: what it is, what it waits for and how long already, and its traceback, in lines. In the order of
  /// their starts.
  [[nodiscard]] std::vector<std::string> describe_threads() const;
  /// One step of the collector; true if it has come to the end of a cycle.
  bool collect_step();
  /// As many of them as a turn has time for.
  bool collect_a_little();
  /// Steps of the collector for so long; true, at once, at the end of a cycle.
  bool collect_for(Duration time);
  /// A whole cycle of the collector.
  void collect();
  /// Destroys threads that have ended. REQUIRES: no script thread is running.
  void reap() {
    assert(!current_);
    ended_.clear();
  }
  /// What scripts have left in nmap.registry (nse/registry.hpp).
  [[nodiscard]] std::optional<lua::Plain::Table> registry(const lua::LeftOut& left_out) {
    return take_registry(state_, left_out);
  }
  bool add_to_registry(const lua::Plain::Table& entries) { return put_registry(state_, entries); }

  template <class Visit>
  void for_each_thread(Visit visit) const {
    for (const auto& [number, thread] : threads_) visit(*thread);
  }

  // For the bindings.
  [[nodiscard]] lua_State* main() const noexcept { return state_; }
  /// The thread that runs; null between resumes.
  [[nodiscard]] ScriptThread* current() const noexcept { return current_; }
  /// The thread whose code runs: the current one, or one that has ended, whose result its code turns into text.
  [[nodiscard]] ScriptThread* executing() const noexcept { return current_ ? current_ : converted_; }
  /// The entered host of that address or name; of several the one entered last.
  [[nodiscard]] ScriptHost* find_host(std::string_view address_or_name) const;
  [[nodiscard]] ScriptHost* find_host(std::uint64_t serial) const;
  /// A link-local address with the interface that host.ip does not tell: that of the thread's host if it is its
  /// address, else of another entered host by that address, else the one where the thread's host is. Others as they
  /// are.
  [[nodiscard]] Address scoped(const Address& address, const ScriptThread& thread) const;
  /// Starts a worker of the running thread. On top of the stack is its table, which holds its coroutine, ready to be
  /// resumed with `arguments` values, and takes its error. Pops it. May raise (memory).
  void start_worker(lua_State* state, int arguments);
  [[nodiscard]] NmapDb& database() noexcept { return database_; }
  void log(event::Log log) { observer.on_log(std::move(log)); }
  /// Numbers of what scripts create, in the order of creation.
  [[nodiscard]] std::uint64_t next_number() noexcept { return ++numbers_; }
  /// True if the hook of this coroutine has yielded.
  [[nodiscard]] bool is_preempted(const lua_State* coroutine) const noexcept {
    return !preempted_.empty() && preempted_.contains(coroutine);
  }
  [[nodiscard]] std::size_t preempted_coroutines() const noexcept { return preempted_.size(); }
  /// True if a finalizer of a script runs.
  [[nodiscard]] bool finalizing() const noexcept { return finalizers_ > 0; }
  /// The script that is being loaded has called os.exit.
  void note_exit_while_loading(bool exited) noexcept { exited_while_loading_ = exited; }

  // For the script threads.
  [[nodiscard]] std::uint64_t next_thread_number() noexcept;
  void set_current(ScriptThread* thread) noexcept { current_ = thread; }
  void set_converted(ScriptThread* thread) noexcept { converted_ = thread; }
  /// One more, or one less, can be woken only by another script thread.
  void add_thread_wait() noexcept { ++thread_waits_; }
  void remove_thread_wait() noexcept { --thread_waits_; }
  /// Throws std::bad_alloc.
  void add_preempted(const lua_State* coroutine) { preempted_.insert(coroutine); }
  void remove_preempted(const lua_State* coroutine) noexcept { preempted_.erase(coroutine); }
  /// Ends the other threads of the script instance of a thread that has called os.exit.
  void exit_instance(const ScriptThread& by);
  /// The thread has ended: it is destroyed by the next reap.
  void retire(ScriptThread& thread) noexcept;

  /// While it lives, code of scripts runs in this coroutine outside of a resume, within the limits for CPU and memory.
  class CodeOfScripts {
   public:
    /// Finalizers, of whatever script.
    CodeOfScripts(Runtime& runtime, lua_State* coroutine) noexcept;
    CodeOfScripts(Runtime& runtime, lua_State* coroutine, const ScriptThread& of) noexcept;
    /// That is being loaded.
    CodeOfScripts(Runtime& runtime, lua_State* coroutine, const Script& script) noexcept;
    ~CodeOfScripts();
    CodeOfScripts(const CodeOfScripts&) = delete;
    CodeOfScripts& operator=(const CodeOfScripts&) = delete;

   private:
    Runtime& runtime_;
  };
  /// While it lives, a finalizer of a script runs: the function on top of the stack.
  class Finalizing {
   public:
    Finalizing(Runtime& runtime, lua_State* state) noexcept;
    ~Finalizing() { --runtime_.finalizers_; }
    Finalizing(const Finalizing&) = delete;
    Finalizing& operator=(const Finalizing&) = delete;

   private:
    Runtime& runtime_;
  };
  /// Whose code runs, for a message about code that cannot be stopped. From another thread of the system, while the
  /// engine's stands still.
  [[nodiscard]] std::string culprit() const;

  Parts parts;
  RuntimeOptions options;
  RuntimeObserver& observer;
  CpuWatchdog& watchdog;
  Trace trace{*this};
  GarbageCollector collector{*this};
  MemoryLimit memory{*this, options.script_memory};

 private:
  Runtime(Parts what, RuntimeOptions how, RuntimeObserver& who);
  Result<void> open();
  static std::string waiting_text(const ScriptThread& thread, Duration waited);
  void adopt(std::unique_ptr<ScriptThread> thread);
  void report_deadlock();
  /// The live threads of a script instance: its own and its child threads.
  static std::vector<ScriptThread*> members(const ScriptThread& of);
  static int make_coroutine(lua_State* state);
  static int make_host(lua_State* state);

  NmapDb database_;
  lua::State state_;
  lua::Ref driver_, environment_meta_;
  ScriptThread* current_ = nullptr;
  ScriptThread* converted_ = nullptr;     ///< whose result is turned into text, by code of its script
  const ScriptThread* ending_ = nullptr;  ///< whose variables are closed, or whose result is turned into text
  const Script* loading_ = nullptr;
  char finalizer_[LUA_IDSIZE + 16] = "";  ///< file and line of the innermost one that runs
  unsigned finalizers_ = 0;               ///< that run, one inside of another
  bool exited_while_loading_ = false;
  std::unordered_set<const lua_State*> preempted_;  ///< coroutines whose hook has yielded
  ScriptHost hostless_;
  std::uint64_t serials_ = 0;  ///< of hosts
  std::uint64_t numbers_ = 0, thread_numbers_ = 0;
  std::size_t thread_waits_ = 0;  ///< threads that only another script thread can wake
  std::unordered_map<std::uint64_t, ScriptHost*> hosts_;
  std::unordered_map<std::string, std::uint64_t> host_names_;
  /// By their numbers, which gives the order of their starts.
  using Threads = std::map<std::uint64_t, std::unique_ptr<ScriptThread>>;
  Threads threads_;
  Threads ended_;  ///< and not destroyed yet: one of them may be on the call stack
};

}  // namespace sluice::nse
