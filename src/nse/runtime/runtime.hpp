// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <functional>
#include <memory>
#include <optional>
#include <sluice/report.hpp>
#include <sluice/result.hpp>
#include <sluice/running_script.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/deadlines.hpp"
#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "lua/state.hpp"
#include "net/interfaces.hpp"
#include "net/processes.hpp"
#include "net/raw_sockets.hpp"
#include "net/resolver.hpp"
#include "net/routing.hpp"
#include "net/script_sockets.hpp"
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

/// Options of a run that concern scripts.
struct RuntimeOptions {
  int verbosity = 0, debugging = 0, timing = 3;
  bool privileged = false;
  bool script_trace = false;
  bool unsafe_lua = false;  ///< no function of Lua is refused (unsafe_lua.hpp)
  /// True: script instances end after their rules, which are observed (ScriptThread::observation), and no action is
  /// called.
  bool rules_only = false;
  Family family = Family::Inet;
  std::size_t receive_limit = 16u << 20;  ///< bytes
  std::size_t script_memory = 0;          ///< bytes that all scripts of the Runtime may hold; 0: no limit
  std::optional<Duration> script_timeout;
  std::optional<Address> source;  ///< -S
  std::string interface;          ///< -e, "" if not given
  int ttl = 64;
  unsigned data_length = 0;              ///< bytes
  std::vector<std::string> dns_servers;  ///< addresses, in the order of nmap.get_dns_servers
  Value::Table arguments;                ///< --script-args
  int version_intensity = 7;
  /// Number of the first script thread, and difference to the next number. Shards of one run have disjoint numbers.
  std::uint64_t first_thread_number = 1, thread_number_step = 1;
  /// True if version detection leaves the port out. Empty: no port is left out.
  std::function<bool(std::uint16_t port, Protocol protocol)> is_excluded;
  /// Searches the data directories for a regular file, such as "nselib/http.lua". Returns its path. Must not be empty.
  std::function<std::optional<std::string>(const std::string& name)> find_file;
};

/// Receives the events and the log lines of the scripts of a shard. Called on the thread that steps the shard.
class RuntimeObserver {
 public:
  virtual ~RuntimeObserver() = default;
  virtual void on_log(event::Log log) = 0;
  /// The action of a script instance starts: its rule returned true, or the script is forced.
  virtual void on_script_started(ScriptThread& thread) = 0;
  /// A script instance has ended. If its rule returned false, the outcome is Silent. Not called for child threads.
  virtual void on_script_finished(ScriptThread& thread, event::ScriptFinished finished) = 0;
  /// A child thread has failed or was killed.
  virtual void on_worker_failed(event::ChildThreadFailed failed) = 0;
  virtual void on_deadlock(event::DeadlockFound deadlock) = 0;
  /// A script has set the state of a port to open (nmap.set_port_state).
  virtual void on_port_opened(const HostReport& host, const PortReport& port) = 0;
  /// Adds targets to the run (nmap.add_targets). Returns how many of the specifications are accepted. One that was
  /// accepted before counts, too, and is not scanned again. With no specifications: returns targets_added().
  virtual std::size_t add_targets(std::vector<std::string> specifications) = 0;
  /// Returns how many different specifications were accepted so far (nmap.new_targets_num).
  virtual std::size_t targets_added() const = 0;
};

/// The part of a host that its scripts need. Owned by the engine. Must outlive its script threads, also those that have
/// ended and are not destroyed yet; the destructor asserts this.
struct ScriptHost {
  ScriptHost() = default;
  ~ScriptHost() { assert(thread_objects == 0); }
  ScriptHost(const ScriptHost&) = delete;
  ScriptHost& operator=(const ScriptHost&) = delete;
  void add(ScriptThread& thread) noexcept {
    threads.push_back(thread);
    ++thread_objects;
  }
  /// Counts the destruction of one of its threads.
  void remove() noexcept { --thread_objects; }

  HostReport* report = nullptr;  ///< null for the threads of prerules and postrules
  core::HostSlotQueue line;
  std::optional<net::Route> route;                   ///< fills the fields of the host table about the route, if set
  lua::Ref table;                                    ///< the host table; each script thread receives a copy
  std::uint64_t serial = 0;                          ///< identifies the host among those that are entered
  IntrusiveList<ScriptThread, OfHostTag> threads{};  ///< those that have not ended
  std::size_t thread_objects = 0;                    ///< all that are not destroyed, ended ones included
};

/// The Lua state of a shard with the libraries of scripts, and the script threads that run in it. Invariant: at most
/// one script thread runs at a time. Owned by the Shard. Not thread-safe.
class Runtime {
 public:
  /// What the Runtime works with. All must outlive it.
  struct Parts {
    const Clock& clock;
    core::Scheduler& scheduler;
    core::SlotPool& slots;
    core::Deadlines& deadlines;
    net::ScriptSockets& sockets;
    net::RawSockets& raw_sockets;
    net::Resolver& resolver;
    net::Processes& processes;
    const net::Routing& routing;
    CpuWatchdog& watchdog;  ///< with on_cpu_limit as its hook
    std::function<std::uint64_t()> random_seed;
  };
  /// Creates a Runtime and loads the libraries that every script needs.
  /// Errors: a library is missing or fails to load; the message names it.
  static Result<std::unique_ptr<Runtime>> create(Parts parts, RuntimeOptions options, RuntimeObserver& observer);
  ~Runtime();

  /// A script that load() has read.
  struct Loaded {
    Script script;
    bool skipped = false;  ///< a library that it requires by stdnse.silent_require is missing; it is not to be run
    std::string reason{};  ///< why it is skipped, in one line
    std::string doubt{};   ///< a question that names a field which is probably misspelt; "" if there is none
  };
  /// Compiles a script and runs its chunk once to read its fields (docs/nse-compat.md, "Environment of scripts").
  /// `path`: of the file. Errors: the file cannot be read, the chunk fails, or a field is missing or has a wrong type.
  Result<Loaded> load(const std::string& path, const std::string& id);
  /// Starts an instance of a script. `host`: null for prerules and postrules. `port`: null for rules without a port. If
  /// `forced`, the rule is not called. REQUIRES: the host has been entered.
  void start(const Script& script, ScriptRule rule, bool forced, ScriptHost* host, PortReport* port);
  /// Reports an instance of a script as failed without running any of its code. `why`: for the report; "" to report
  /// that its rule returned false. Otherwise as start().
  void leave_out(const Script& script, ScriptRule rule, ScriptHost* host, PortReport* port, const std::string& why);
  /// Creates the host table that script threads receive, and makes the host known to find_host().
  void enter(ScriptHost& host);
  /// Removes a host whose scripts have ended. Kills its remaining child threads, and destroys all of its threads.
  /// REQUIRES: no script thread is running.
  void leave(ScriptHost& host);
  /// Kills the threads of a host, child threads included. `host` null: those of the pre-scan or post-scan phase. A
  /// child thread does not end with its parent, so it may run until this call.
  void kill(ScriptHost* host, event::Outcome outcome);
  /// Kills the script instance that `of` belongs to, and its child threads. `why` is the message of its report.
  void kill_instance(const ScriptThread& of, event::KillCause cause, const std::string& why);
  /// Kills all threads.
  void stop();

  /// Number of script threads that have not ended.
  [[nodiscard]] std::size_t threads() const noexcept { return threads_.size(); }
  /// Number of threads that do not wait for another script thread.
  [[nodiscard]] std::size_t waiting_for_network() const noexcept { return threads_.size() - thread_waits_; }
  /// Resolves a deadlock: reports it, and kills threads one by one until one is ready. Threads that hold a slot or a
  /// mutex come first, because others may wait for it. Within both groups the thread that has waited longest comes
  /// first.
  /// REQUIRES: no event can wake any thread.
  void end_deadlocked();
  struct LongestWait {
    Duration waited{};
    std::string text;  ///< such as "banner against 127.0.0.1:80 waits 3.2 s for receive"; "" if no thread waits
  };
  /// Returns the wait of the thread that has waited longest.
  [[nodiscard]] LongestWait oldest() const;
  struct LongestRun {
    Duration elapsed{};
    std::string text;  ///< such as "banner against 127.0.0.1:80"; "" if no thread is alive
  };
  /// Returns the thread that was started first, and since when it runs. O(1).
  [[nodiscard]] LongestRun slowest() const;
  /// Returns a text of several lines for each thread: its name, what it waits for and how long, and its traceback. In
  /// the order in which the threads were started.
  [[nodiscard]] std::vector<std::string> describe_threads() const;
  /// Runs one step of the garbage collector. Returns true at the end of a cycle.
  bool collect_step();
  /// Runs steps of the garbage collector for at most GarbageCollector::kAtOnce. Returns true, at once, at the end of a
  /// cycle.
  bool collect_a_little();
  /// Runs steps of the garbage collector for `time`. Returns true, at once, at the end of a cycle.
  bool collect_for(Duration time);
  /// Runs a whole collection cycle.
  void collect();
  /// Destroys threads that have ended. REQUIRES: no script thread is running.
  void reap() {
    assert(!current_);
    ended_.clear();
  }
  /// Returns the contents of nmap.registry (registry.hpp).
  [[nodiscard]] std::optional<lua::Plain::Table> registry(const lua::LeftOut& left_out) {
    return take_registry(state_, left_out);
  }
  /// Puts entries into nmap.registry (registry.hpp). Returns false if memory is short.
  bool add_to_registry(const lua::Plain::Table& entries) { return put_registry(state_, entries); }

  /// Calls `visit` for each thread that has not ended, in the order in which they were started.
  template <class Visit>
  void for_each_thread(Visit visit) const {
    for (const auto& thread : threads_) visit(*thread);
  }

  // Called by the functions that scripts call.

  [[nodiscard]] lua_State* main() const noexcept { return state_; }
  /// The script thread that runs; null between resumes.
  [[nodiscard]] ScriptThread* current() const noexcept { return current_; }
  /// The script thread whose code runs. That is current(), or an ended thread whose result is being converted to text.
  [[nodiscard]] ScriptThread* executing() const noexcept { return current_ ? current_ : converted_; }
  /// Returns the entered host with this address or name; null if there is none. Of several the one entered last.
  [[nodiscard]] ScriptHost* find_host(std::string_view address_or_name) const;
  [[nodiscard]] ScriptHost* find_host(std::uint64_t serial) const;
  /// Returns a link-local address with its interface, which `host.ip` does not contain. The interface is that of the
  /// first of these hosts: the host of `thread` if it has this address; an entered host that has this address; the host
  /// of `thread`. Returns other addresses unchanged.
  [[nodiscard]] Address scoped(const Address& address, const ScriptThread& thread) const;
  /// Starts a child thread of the running thread. Pops its table from the stack. The table holds the coroutine, which
  /// can be resumed with `arguments` values, and receives the error value of the child thread. May raise (memory).
  void start_worker(lua_State* state, int arguments);
  [[nodiscard]] NmapDb& database() noexcept { return database_; }
  void log(event::Log log) { observer.on_log(std::move(log)); }
  /// Returns the number of the next object that a script creates. Numbers grow in the order of creation.
  [[nodiscard]] std::uint64_t next_number() noexcept { return ++numbers_; }
  /// True if the hook of this coroutine has yielded.
  [[nodiscard]] bool is_preempted(const lua_State* coroutine) const noexcept {
    return !preempted_.empty() && preempted_.contains(coroutine);
  }
  [[nodiscard]] std::size_t preempted_coroutines() const noexcept { return preempted_.size(); }
  /// True if a finalizer of a script runs.
  [[nodiscard]] bool finalizing() const noexcept { return finalizers_ > 0; }
  /// Notes that the script that is being loaded has called os.exit.
  void note_exit_while_loading(bool exited) noexcept { exited_while_loading_ = exited; }

  // Called by script threads and their operations.

  [[nodiscard]] std::uint64_t next_thread_number() noexcept;
  void set_current(ScriptThread* thread) noexcept { current_ = thread; }
  void set_converted(ScriptThread* thread) noexcept { converted_ = thread; }
  /// Counts a thread that only another script thread can wake. remove_thread_wait() undoes it.
  void add_thread_wait() noexcept { ++thread_waits_; }
  void remove_thread_wait() noexcept { --thread_waits_; }
  /// Throws std::bad_alloc.
  void add_preempted(const lua_State* coroutine) { preempted_.insert(coroutine); }
  void remove_preempted(const lua_State* coroutine) noexcept { preempted_.erase(coroutine); }
  /// Ends the other threads of the script instance of `by`, which has called os.exit.
  void exit_instance(const ScriptThread& by);
  /// Hands an ended thread to the next reap().
  void retire(ScriptThread& thread) noexcept;

  /// Applies the limits of CPU and memory to code of scripts that runs outside of a resume. The limits hold as long as
  /// this object exists. Lives on the stack. REQUIRES: no other object of this class exists.
  class CodeOfScripts {
   public:
    /// For finalizers, which may belong to any script.
    CodeOfScripts(Runtime& runtime, lua_State* coroutine) noexcept;
    /// For code of a thread that has ended: variables to be closed, and metamethods of its result.
    CodeOfScripts(Runtime& runtime, lua_State* coroutine, const ScriptThread& of) noexcept;
    /// For a script that is being loaded.
    CodeOfScripts(Runtime& runtime, lua_State* coroutine, const Script& script) noexcept;
    ~CodeOfScripts();
    CodeOfScripts(const CodeOfScripts&) = delete;
    CodeOfScripts& operator=(const CodeOfScripts&) = delete;

   private:
    Runtime& runtime_;
  };
  /// Makes the scripts of a runtime known to running_script() of the calling thread, as long as this object exists.
  /// Lives on the stack.
  class OnThisThread {
   public:
    explicit OnThisThread(const Runtime* runtime) noexcept;
    ~OnThisThread();
    OnThisThread(const OnThisThread&) = delete;
    OnThisThread& operator=(const OnThisThread&) = delete;
  };
  /// Notes the finalizer on top of the stack as the one that runs, as long as this object exists. Lives on the stack.
  class Finalizing {
   public:
    Finalizing(Runtime& runtime, lua_State* state) noexcept;
    ~Finalizing() { --runtime_.finalizers_; }
    Finalizing(const Finalizing&) = delete;
    Finalizing& operator=(const Finalizing&) = delete;

   private:
    Runtime& runtime_;
  };
  /// Returns which script's code runs, for a message about code that is stuck. May be called from another OS thread
  /// while the thread that runs the scripts is stuck.
  [[nodiscard]] std::string culprit() const;
  /// As sluice::running_script(). A finalizer may belong to any script.
  [[nodiscard]] static RunningScript running_script() noexcept;

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
  /// Returns the threads of the script instance of `of` that have not ended.
  static std::vector<ScriptThread*> members(const ScriptThread& of);
  static int make_coroutine(lua_State* state);
  static int make_host(lua_State* state);

  NmapDb database_;
  lua::State state_;
  lua::Ref driver_, environment_meta_;
  ScriptThread* current_ = nullptr;
  ScriptThread* converted_ = nullptr;     ///< the ended thread whose result is being converted to text
  const ScriptThread* ending_ = nullptr;  ///< the ended thread of the current CodeOfScripts
  const Script* loading_ = nullptr;       ///< the script of the current CodeOfScripts
  char finalizer_[LUA_IDSIZE + 16] = "";  ///< file and line of the innermost finalizer that runs
  unsigned finalizers_ = 0;               ///< number of finalizers that run, one inside another
  bool exited_while_loading_ = false;
  std::unordered_set<const lua_State*> preempted_;  ///< coroutines whose hook has yielded
  ScriptHost hostless_;                             ///< the host of prerules and postrules
  std::uint64_t serials_ = 0;                       ///< serial of the last host that was entered
  std::uint64_t numbers_ = 0, thread_numbers_ = 0;
  std::size_t thread_waits_ = 0;                               ///< threads that only another script thread can wake
  std::unordered_map<std::uint64_t, ScriptHost*> hosts_;       ///< by serial
  std::unordered_map<std::string, std::uint64_t> host_names_;  ///< serials, by address and by target name
  ScriptThreadList threads_;                                   ///< in the order in which they were started
  ScriptThreadList ended_;  ///< waiting for reap(), because one of them may be on the call stack
};

}  // namespace sluice::nse
