#pragma once

#include <lua.hpp>
#include <map>
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
#include "nse/runtime/script.hpp"

namespace sluice::nse {

class Condvar;
class Mutex;
struct ScriptHost;

/// One instance of a script, or a child thread of one (NSE: a worker): a coroutine with its pending operation, its
/// lease on a socket slot, its open sockets and the mutexes it holds.
///
/// Ends in one order, whatever the cause: the scheduler removes it, so that late replies are dropped. Its pending
/// operation is undone. Its sockets are closed. Its mutexes are released and its condition variables signalled. Its
/// slot is returned. Its coroutine is reset. Owned by the Runtime; destroyed before its host is. Not thread-safe.
class ScriptThread final : public core::Runnable, public core::Expirable, public ListNode<struct OfHostTag> {
 public:
  ScriptThread(Runtime& runtime, const Script& script, ScriptRule rule, ScriptHost& host, PortReport* port,
               const ScriptThread* parent = nullptr);
  ~ScriptThread() override;
  ScriptThread(const ScriptThread&) = delete;
  ScriptThread& operator=(const ScriptThread&) = delete;

  // How it starts and ends. For the Runtime.

  /// `anchor` keeps the coroutine alive: the coroutine itself, or the table of a child thread.
  void set_coroutine(lua_State* coroutine, lua::Ref anchor) noexcept;
  /// How many values on top of its stack the first resume passes.
  void set_arguments(int count) noexcept { arguments_ = count; }
  void schedule() { id_ = scheduler_.add(*this); }
  /// Reports that its coroutine could not be created.
  void report_unstarted(std::string message);
  Step resume() noexcept override;
  /// Its time is over.
  void expired(std::uint64_t cookie) override;
  /// Ends it. REQUIRES: it is not running.
  void kill(event::Outcome outcome, std::string message = {}, event::KillCause cause = event::KillCause::None) noexcept;
  /// Ends it, because another thread of its instance has called os.exit. REQUIRES: it is not running.
  void end_with_instance() noexcept;

  // What it is.

  [[nodiscard]] Runtime& runtime() const noexcept { return runtime_; }
  [[nodiscard]] const Script& script() const { return script_; }
  [[nodiscard]] ScriptRule rule() const { return rule_; }
  /// Its report is null for pre and post rules.
  [[nodiscard]] ScriptHost& host() const { return host_; }
  [[nodiscard]] PortReport* port() const { return port_; }
  [[nodiscard]] core::ThreadId id() const { return id_; }
  /// Identifies it among all script threads of the run. Grows in the order of their starts.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  /// True if its action has begun.
  [[nodiscard]] bool acted() const { return acted_; }
  void begin_action();
  [[nodiscard]] bool worker() const { return worker_; }
  [[nodiscard]] lua_State* coroutine() const { return coroutine_; }
  /// Identifies the script instance: the thread that its child threads belong to.
  [[nodiscard]] core::ThreadId instance() const { return worker_ ? parent_instance_ : id_; }
  /// The coroutine of the script instance: a child thread's is its parent's. For its address alone.
  [[nodiscard]] const void* script_coroutine() const { return worker_ ? parent_coroutine_ : coroutine_; }
  void push_coroutine(lua_State* state) const noexcept;
  /// "M:12", of a child thread "W:12": its number.
  [[nodiscard]] std::string name() const;
  /// Of where it is suspended, or runs in this coroutine: the innermost coroutine's and its own.
  [[nodiscard]] std::string traceback(lua_State* innermost) const;
  /// "banner" or "banner against name (127.0.0.1:80)".
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] ScriptPlace place() const;
  /// Where the table of a child thread has what.
  static constexpr lua_Integer kErrorOfWorker = 1, kCoroutineOfWorker = 2;

  // Its pending operation.

  /// Starts an operation of the running thread: emplaces the kind with these arguments.
  template <class Kind, class... Args>
  Kind& start(Args&&... args) noexcept {
    const core::Completion done{&scheduler_, scheduler_.start_operation(id_)};
    return operation_.emplace<Kind>(*this, done, std::forward<Args>(args)...);
  }
  /// Takes the reply, which must be there. The operation stays until end_operation or the next start, so that the
  /// blocking function can read it.
  void take_reply() noexcept {
    reply_ = scheduler_.take_reply(id_);
    base_of(operation_)->replied = true;
  }
  void end_operation() noexcept { operation_.emplace<std::monostate>(); }
  /// The operation if it is of this kind; null otherwise.
  template <class Kind>
  [[nodiscard]] Kind* pending() noexcept {
    return std::get_if<Kind>(&operation_);
  }
  /// The socket of the operation; null: none.
  [[nodiscard]] Socket* operation_socket() noexcept {
    const pending::Base* operation = base_of(operation_);
    return operation ? operation->socket : nullptr;
  }
  /// The reply taken last.
  [[nodiscard]] const core::Reply& reply() const noexcept { return reply_; }
  void replace_reply(core::Reply reply) noexcept { reply_ = std::move(reply); }

  /// The engine is about to suspend it in this coroutine, one of its own.
  void suspend_in(lua_State* innermost) noexcept { base_of(operation_)->suspended_in = innermost; }
  /// The blocking call goes on.
  void unsuspend() noexcept { suspend_in(nullptr); }
  /// The innermost coroutine, if the engine has suspended it; null otherwise.
  [[nodiscard]] lua_State* suspended_in() const noexcept {
    const pending::Base* operation = base_of(operation_);
    return operation ? operation->suspended_in : nullptr;
  }
  /// What it is suspended for, as in "waits for receive"; "" if for nothing.
  [[nodiscard]] const char* awaited() const noexcept { return suspended_in() ? base_of(operation_)->what : ""; }
  /// The hook of this coroutine, one of the running thread's, is about to yield. Throws std::bad_alloc.
  void preempt(lua_State* coroutine);
  /// True if the hook of this coroutine has yielded.
  [[nodiscard]] bool preempted_in(const lua_State* coroutine) const noexcept {
    const auto* preemption = std::get_if<pending::Preemption>(&operation_);
    return preemption && preemption->suspended_in == coroutine;
  }

  // What it holds.

  [[nodiscard]] core::Lease& lease() noexcept { return lease_; }
  /// True if it holds a slot or a mutex.
  [[nodiscard]] bool holds_slot_or_mutex() const { return lease_.holds_slot() || !mutexes_.empty(); }
  /// The socket is closed when the thread ends.
  void add(Socket& socket) noexcept;
  /// The mutex is released when the thread ends.
  void add(Mutex& mutex) noexcept;
  /// The condition variable is signalled when the thread ends.
  void add(Condvar& condvar);
  void remove(const Condvar& condvar) noexcept;
  /// It has a file open that only the garbage collector closes (open_files.hpp).
  void note_open_file() noexcept { opened_files_ = true; }
  [[nodiscard]] bool opened_files() const noexcept { return opened_files_; }
  /// Memory that it holds, by estimate (MemoryLimit).
  [[nodiscard]] std::ptrdiff_t memory() const noexcept { return memory_; }
  void add_memory(std::ptrdiff_t bytes) noexcept { memory_ += bytes; }
  /// How much memory was refused to it.
  [[nodiscard]] int refusals() const noexcept { return refusals_; }
  void count_refusal() noexcept { ++refusals_; }
  /// A coroutine that cannot yield has resumed another one of this thread. Until the latter yields or returns, the
  /// thread cannot be suspended.
  void enter_nonyieldable() noexcept { ++nonyieldable_depth_; }
  void leave_nonyieldable() noexcept { --nonyieldable_depth_; }
  [[nodiscard]] bool can_yield() const noexcept { return nonyieldable_depth_ == 0; }

  // Its end from inside (end_thread).

  static constexpr const char* kExited = "called os.exit";
  /// True if it is being ended from inside.
  [[nodiscard]] bool ending() const noexcept { return !kill_reason_.empty(); }
  void set_kill_reason(std::string reason, event::KillCause cause, std::string traceback) noexcept;
  /// It has called os.exit.
  void exit();

 private:
  void finish(int results) noexcept;
  void fail(int status) noexcept;
  /// Its instance has ended by os.exit: killed in its action, failed in its rule.
  void report_exit() noexcept;
  /// What reports show of a script that failed; its child threads show nothing.
  [[nodiscard]] std::optional<ScriptResult> failure_result() const;
  /// The line about one that has exceeded a limit; none for child threads, and for other ends.
  [[nodiscard]] std::optional<ScriptResult> stopped_result(const std::string& why) const;
  void fail_yielding() noexcept;
  /// It was ended from inside.
  void report_kill() noexcept;
  /// `killed`: its commands are killed, too.
  void clean_up(bool killed) noexcept;
  void reset(lua_State* coroutine) noexcept;
  void report(event::Outcome outcome, std::optional<ScriptResult> result, std::string message, std::string traceback);
  /// For a child thread: what its info function returns.
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
  core::ThreadId id_;
  lua_State* coroutine_ = nullptr;
  lua::Ref anchor_;
  int arguments_ = 0;
  bool acted_ = false, over_ = false, exited_ = false, opened_files_ = false;
  int refusals_ = 0;
  unsigned nonyieldable_depth_ = 0;
  std::ptrdiff_t memory_ = 0;
  core::Reply reply_;
  core::Lease lease_;
  PendingOperation operation_;  // after the lease, which it may withdraw the request of
  std::string kill_reason_;     ///< why it is being ended from inside; "" if it is not
  std::string kill_traceback_;
  event::KillCause kill_cause_ = event::KillCause::None;
  IntrusiveList<Socket, struct OfThreadTag> sockets_;  ///< that it opened, with a slot or without
  IntrusiveList<Mutex, struct HeldTag> mutexes_;
  std::map<std::uint64_t, Condvar*> condvars_;     ///< by their numbers
  static constexpr std::size_t kOwnMemory = 2048;  ///< of the thread outside of Lua, about
  lua::Charge charge_;
  TimePoint started_;
  core::Deadlines::Id timeout_;
};

}  // namespace sluice::nse
