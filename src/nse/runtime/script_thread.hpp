// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <lua.hpp>
#include <map>
#include <memory>
#include <optional>
#include <sluice/report.hpp>
#include <string>
#include <utility>

#include "base/intrusive_list.hpp"
#include "core/deadlines.hpp"
#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "lua/state.hpp"
#include "nse/runtime/operation.hpp"
#include "nse/runtime/rule_observation.hpp"
#include "nse/runtime/script.hpp"

namespace sluice::nse {

class Condvar;
class Mutex;
class ScriptThread;
struct ScriptHost;

/// Owns script threads.
using ScriptThreadList = std::list<std::unique_ptr<ScriptThread>>;

/// A script thread: an instance of a script, or a child thread of one (NSE: a worker). It is a coroutine with its
/// pending operation, its lease of a slot, its open sockets, and the mutexes that it holds.
///
/// The steps of its end have one order, whatever the cause. The scheduler removes it, so that late completions are
/// dropped. Its pending operation is destroyed. Its sockets are closed. Its mutexes are released, and the waiters of
/// its condition variables are woken. Its slot is returned. Its coroutine is reset.
///
/// Owned by the Runtime; destroyed before its host is. Not thread-safe.
class ScriptThread final : public core::Runnable, public core::Expirable, public ListNode<struct OfHostTag> {
 public:
  ScriptThread(Runtime& runtime, const Script& script, ScriptRule rule, ScriptHost& host, PortReport* port,
               const ScriptThread* parent = nullptr);
  ~ScriptThread() override;
  ScriptThread(const ScriptThread&) = delete;
  ScriptThread& operator=(const ScriptThread&) = delete;

  // Start and end. Called by the Runtime.

  /// Sets the coroutine of the thread. `anchor` keeps it alive: a reference to the coroutine itself, or to the table of
  /// a child thread.
  void set_coroutine(lua_State* coroutine, lua::Ref anchor) noexcept;
  /// Sets how many values on top of its stack the first resume passes.
  void set_arguments(int count) noexcept { arguments_ = count; }
  void schedule() { id_ = scheduler_.add(*this); }
  /// Its position in the list of the Runtime; nothing before set_position.
  [[nodiscard]] std::optional<ScriptThreadList::iterator> position() const noexcept { return position_; }
  void set_position(ScriptThreadList::iterator position) noexcept { position_ = position; }
  /// Reports that its coroutine could not be created.
  void report_unstarted(std::string message);
  /// Reports that it is not started. `why`: also for the report; "": its rule would return false.
  void report_left_out(const std::string& why);
  Step resume() noexcept override;
  /// Kills the thread, because its deadline (--script-timeout) has expired.
  void expired(std::uint64_t cookie) override;
  /// Kills the thread. `outcome`, `message` and `cause` go into its report. REQUIRES: it is not running.
  void kill(event::Outcome outcome, std::string message = {}, event::KillCause cause = event::KillCause::None) noexcept;
  /// Ends the thread, because another thread of its script instance has called os.exit. REQUIRES: it is not running.
  void end_with_instance() noexcept;

  // Properties.

  [[nodiscard]] Runtime& runtime() const noexcept { return runtime_; }
  [[nodiscard]] const Script& script() const { return script_; }
  [[nodiscard]] ScriptRule rule() const { return rule_; }
  /// The `report` of the host is null for prerules and postrules.
  [[nodiscard]] ScriptHost& host() const { return host_; }
  /// Null for rules without a port.
  [[nodiscard]] PortReport* port() const { return port_; }
  [[nodiscard]] core::ThreadId id() const { return id_; }
  /// Identifies the thread among all script threads of the run. Numbers of one shard grow in the order of the starts.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  /// Returns when its script instance was started.
  [[nodiscard]] TimePoint started() const { return started_; }
  /// True if its action has started.
  [[nodiscard]] bool acted() const { return acted_; }
  /// Notes the start of its action and reports it to the observer.
  void begin_action();
  /// True for a child thread.
  [[nodiscard]] bool worker() const { return worker_; }
  [[nodiscard]] lua_State* coroutine() const { return coroutine_; }
  /// Identifies the script instance. A child thread belongs to the instance of its parent.
  [[nodiscard]] core::ThreadId instance() const { return worker_ ? parent_instance_ : id_; }
  /// Address of the coroutine of the script instance. The coroutine may be gone if a child thread has outlived it.
  [[nodiscard]] const void* script_coroutine() const { return worker_ ? parent_coroutine_ : coroutine_; }
  void push_coroutine(lua_State* state) const noexcept;
  /// "M:" and its number; "W:" and its number for a child thread.
  [[nodiscard]] std::string name() const;
  /// Returns the traceback of `innermost`, in which the thread runs or is suspended, followed by that of its own
  /// coroutine.
  [[nodiscard]] std::string traceback(lua_State* innermost) const;
  /// Returns a text such as "banner", or "banner against name (127.0.0.1:80)".
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] ScriptPlace place() const;
  /// Indices in the table of a child thread: of its error value, and of its coroutine.
  static constexpr lua_Integer kErrorOfWorker = 1, kCoroutineOfWorker = 2;

  /// What is known about the rule of the script instance; null unless RuntimeOptions::rules_only is set.
  [[nodiscard]] RuleObservation* observation() const noexcept { return observation_.get(); }

  // Pending operation.

  /// Starts an operation of the running thread: constructs the `Kind` with these arguments. Returns it; its `done`
  /// delivers the reply.
  template <class Kind, class... Args>
  Kind& start(Args&&... args) noexcept {
    const core::Completion done{&scheduler_, scheduler_.start_operation(id_)};
    return operation_.emplace<Kind>(*this, done, std::forward<Args>(args)...);
  }
  /// Takes the reply from the scheduler. The operation remains until end_operation or the next start, so that the
  /// blocking function can read it. REQUIRES: the reply has arrived.
  void take_reply() noexcept {
    reply_ = scheduler_.take_reply(id_);
    base_of(operation_)->replied = true;
  }
  void end_operation() noexcept { operation_.emplace<std::monostate>(); }
  /// Returns the operation if it is of this kind; null otherwise.
  template <class Kind>
  [[nodiscard]] Kind* pending() noexcept {
    return std::get_if<Kind>(&operation_);
  }
  /// The socket that the operation uses; null if there is none.
  [[nodiscard]] Socket* operation_socket() noexcept {
    const pending::Base* operation = base_of(operation_);
    return operation ? operation->socket : nullptr;
  }
  /// The reply taken last.
  [[nodiscard]] const core::Reply& reply() const noexcept { return reply_; }
  void replace_reply(core::Reply reply) noexcept { reply_ = std::move(reply); }

  /// Notes that a blocking function suspends the thread in `innermost`, one of its coroutines. REQUIRES: an operation
  /// is pending.
  void suspend_in(lua_State* innermost) noexcept { base_of(operation_)->suspended_in = innermost; }
  /// Notes that the blocking function continues.
  void unsuspend() noexcept { suspend_in(nullptr); }
  /// The innermost coroutine if the thread is suspended or preempted; null otherwise.
  [[nodiscard]] lua_State* suspended_in() const noexcept {
    const pending::Base* operation = base_of(operation_);
    return operation ? operation->suspended_in : nullptr;
  }
  /// What the suspended thread waits for, such as "receive"; "" if it is not suspended or was preempted.
  [[nodiscard]] const char* awaited() const noexcept { return suspended_in() ? base_of(operation_)->what : ""; }
  /// Makes a preemption in `coroutine` the pending operation of the running thread; the hook then yields. Throws
  /// std::bad_alloc.
  void preempt(lua_State* coroutine);
  /// True if the hook of this coroutine has yielded.
  [[nodiscard]] bool preempted_in(const lua_State* coroutine) const noexcept {
    const auto* preemption = std::get_if<pending::Preemption>(&operation_);
    return preemption && preemption->suspended_in == coroutine;
  }

  // Resources.

  [[nodiscard]] core::Lease& lease() noexcept { return lease_; }
  [[nodiscard]] bool holds_slot_or_mutex() const { return lease_.holds_slot() || !mutexes_.empty(); }
  /// Adds a socket, which is closed when the thread ends.
  void add(Socket& socket) noexcept;
  /// Adds a mutex, which is released when the thread ends.
  void add(Mutex& mutex) noexcept;
  /// Adds a condition variable, whose waiters are woken when the thread ends. Throws std::bad_alloc.
  void add(Condvar& condvar);
  void remove(const Condvar& condvar) noexcept;
  /// Notes that the thread has opened a file (open_files.hpp).
  void note_open_file() noexcept { opened_files_ = true; }
  [[nodiscard]] bool opened_files() const noexcept { return opened_files_; }
  /// Estimated bytes of memory that the thread holds (MemoryLimit).
  [[nodiscard]] std::ptrdiff_t memory() const noexcept { return memory_; }
  void add_memory(std::ptrdiff_t bytes) noexcept { memory_ += bytes; }
  /// Number of allocations that were refused to the thread (MemoryLimit).
  [[nodiscard]] int refusals() const noexcept { return refusals_; }
  void count_refusal() noexcept { ++refusals_; }
  /// Notes that a coroutine that cannot yield resumes another coroutine of this thread. The thread cannot be suspended
  /// until leave_nonyieldable().
  void enter_nonyieldable() noexcept { ++nonyieldable_depth_; }
  void leave_nonyieldable() noexcept { --nonyieldable_depth_; }
  [[nodiscard]] bool can_yield() const noexcept { return nonyieldable_depth_ == 0; }

  // End of a running thread (end_thread).

  static constexpr const char* kExited = "called os.exit";
  /// True if the thread is to end although it still runs.
  [[nodiscard]] bool ending() const noexcept { return !kill_reason_.empty(); }
  /// Sets why the running thread is killed. REQUIRES: `reason` is not empty.
  void set_kill_reason(std::string reason, event::KillCause cause, std::string traceback) noexcept;
  /// Notes that the thread has called os.exit.
  void exit();

 private:
  /// Reports the result of a coroutine that has returned.
  void finish(int results) noexcept;
  /// Reports a coroutine that has raised.
  void fail(int status) noexcept;
  /// Reports the end by os.exit: Killed in the action, Failed in the rule. No report for child threads.
  void report_exit() noexcept;
  /// The result of a script that failed; nothing for a child thread, and with -d.
  [[nodiscard]] std::optional<ScriptResult> failure_result() const;
  /// The result of a script that was killed because it exceeded a limit; nothing for a child thread and other causes.
  [[nodiscard]] std::optional<ScriptResult> stopped_result(const std::string& why) const;
  /// Reports a coroutine that has yielded outside of a blocking function.
  void fail_yielding() noexcept;
  /// Reports a thread that was killed while it ran.
  void report_kill() noexcept;
  /// Does the steps of the end that follow the removal from the scheduler. `killed`: kills its child processes, too.
  void clean_up(bool killed) noexcept;
  void reset(lua_State* coroutine) noexcept;
  void report(event::Outcome outcome, std::optional<ScriptResult> result, std::string message, std::string traceback);
  /// Pops the error value of a child thread and stores it for its info function. No effect for other threads.
  void note_error() noexcept;

  Runtime& runtime_;
  core::Scheduler& scheduler_;
  const Script& script_;
  const ScriptRule rule_;
  ScriptHost& host_;
  PortReport* const port_;
  const bool worker_;
  const std::uint64_t number_;
  const void* parent_coroutine_ = nullptr;
  core::ThreadId parent_instance_{};
  const std::shared_ptr<RuleObservation> observation_;
  core::ThreadId id_;
  lua_State* coroutine_ = nullptr;
  lua::Ref anchor_;
  std::optional<ScriptThreadList::iterator> position_;
  int arguments_ = 0;
  bool acted_ = false, over_ = false, exited_ = false, opened_files_ = false;
  int refusals_ = 0;
  unsigned nonyieldable_depth_ = 0;
  std::ptrdiff_t memory_ = 0;
  core::Reply reply_;
  core::Lease lease_;
  PendingOperation operation_;  ///< destroyed before `lease_`, whose request it may have to withdraw
  std::string kill_reason_;     ///< why the running thread is to end; "" if it is not
  std::string kill_traceback_;
  event::KillCause kill_cause_ = event::KillCause::None;
  IntrusiveList<Socket, struct OfThreadTag> sockets_;  ///< its open sockets, also those that need no slot
  IntrusiveList<Mutex, struct HeldTag> mutexes_;
  std::map<std::uint64_t, Condvar*> condvars_;     ///< by number
  static constexpr std::size_t kOwnMemory = 2048;  ///< estimated bytes of a thread outside of Lua
  lua::Charge charge_;
  TimePoint started_;
  core::Deadlines::Id timeout_;
};

}  // namespace sluice::nse
