#pragma once

#include <lua.hpp>
#include <optional>
#include <sluice/report.hpp>
#include <string>
#include <unordered_set>

#include "base/intrusive_list.hpp"
#include "core/deadlines.hpp"
#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "core/wait_queue.hpp"
#include "lua/state.hpp"
#include "net/network.hpp"
#include "nse/script.hpp"

namespace sluice::nse {

class Condvar;
class Mutex;
class Runtime;
class ScriptThread;
class Socket;
struct ScriptHost;

/// The connect in progress of a thread, through its stages: a slot, a name, a connection.
struct Connecting {
  enum class Stage : std::uint8_t { Slot, Resolve, Connect } stage = Stage::Slot;
  std::string host;
  net::ConnectRequest request;
  std::string datagram;  ///< of sendto
};

/// A coroutine of a thread in the line behind a mutex or a condition variable; leaves it when destroyed.
struct QueueEntry : core::Waiter {
  QueueEntry(core::Ticket ticket, ScriptThread& who, lua_State* in) noexcept
      : Waiter(ticket), thread(who), coroutine(in) {}
  ScriptThread& thread;
  lua_State* coroutine;
};

/// What a suspended thread waits for.
struct Wait {
  const char* what = "";
  bool for_threads = false;  ///< for what only another thread can give
};

/// One instance of a script, or a worker of one: a coroutine, the reply it waits for, its lease on a socket slot, its
/// open sockets, the mutexes it holds.
///
/// Dies in one order, whatever ended it: forgotten by the scheduler (late replies find nobody), its operation given up,
/// its sockets closed, its mutexes passed on and its condition variables woken, its slot given back, its coroutine
/// reset and let go.
class ScriptThread final : public core::Runnable, public core::Expirable, public ListNode<struct OfHostTag> {
 public:
  ScriptThread(Runtime& runtime, const Script& script, ScriptRule rule, ScriptHost& host, PortReport* port,
               const ScriptThread* parent = nullptr);
  ~ScriptThread() override;

  Step resume() noexcept override;
  /// Its sleep is over, or its time is.
  void expired(std::uint64_t cookie) override;
  /// Ends it now; it must not be running.
  void kill(event::Outcome outcome, std::string message = {}) noexcept;

  [[nodiscard]] const Script& script() const { return script_; }
  [[nodiscard]] ScriptRule rule() const { return rule_; }
  /// Its report is null for pre and post rules.
  [[nodiscard]] ScriptHost& host() const { return host_; }
  [[nodiscard]] PortReport* port() const { return port_; }
  [[nodiscard]] core::ThreadId id() const { return id_; }
  /// Has its action begun?
  [[nodiscard]] bool acted() const { return acted_; }
  void begin_action();
  [[nodiscard]] bool worker() const { return worker_; }
  /// Would its end give others a slot or a mutex?
  [[nodiscard]] bool holds_slot_or_mutex() const { return lease.holds_slot() || !mutexes.empty(); }
  [[nodiscard]] lua_State* coroutine() const { return coroutine_; }
  /// Names the script instance: the thread that its child threads belong to.
  [[nodiscard]] core::ThreadId instance() const { return worker_ ? parent_instance_ : id_; }
  /// The coroutine of the script instance: a worker's is its parent's. For its address alone.
  [[nodiscard]] const void* script_coroutine() const { return worker_ ? parent_coroutine_ : coroutine_; }
  void push_coroutine(lua_State* state) const noexcept;
  /// "M:55d0c8a7e2b8", a worker's with W: the coroutine's address.
  [[nodiscard]] std::string name() const;
  /// Where it is suspended, or runs in this coroutine: the traceback of the innermost coroutine and of its own.
  [[nodiscard]] std::string traceback(lua_State* innermost) const;
  /// "banner" or "banner against name (127.0.0.1:80)".
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] ScriptPlace place() const;

  /// Begins an operation of the running thread.
  core::Completion start_operation() noexcept;
  /// Begins one on a socket; until it ends nobody else may use the socket.
  core::Completion start_operation(Socket& socket) noexcept;

  static constexpr const char* kExited = "called os.exit";

  /// Notes that the hook of this coroutine, one of the running thread's, is about to yield. Throws std::bad_alloc.
  void preempt(lua_State* coroutine);
  /// The preempted coroutine is about to be resumed, or the thread ends.
  void end_preemption() noexcept;

  /// Where a worker's table has what.
  static constexpr lua_Integer kErrorOfWorker = 1, kCoroutineOfWorker = 2;

  // What the bindings of the running thread work on.
  core::Reply reply;         ///< of the operation that ended last
  Socket* served = nullptr;  ///< the socket of that one, if it was on one
  Wait wait;                 ///< of the operation begun last
  Connecting connecting;
  core::Lease lease;
  Socket* socket = nullptr;  ///< of the operation in flight
  core::Deadlines::Id sleep;
  core::Completion sleeping;
  std::string kill_reason;  ///< why it is being ended from inside (end_thread); "" if it is not
  std::string kill_traceback;
  event::KillCause kill_cause = event::KillCause::None;
  std::ptrdiff_t memory = 0;          ///< that it holds, by estimate (MemoryLimit)
  int refusals = 0;                   ///< of memory
  bool exited = false;                ///< it has called os.exit, and kill_reason is kExited
  bool opened_files = false;          ///< that only the collector closes (open_files.hpp)
  lua_State* suspended_in = nullptr;  ///< the innermost coroutine, if it is blocked
  bool blocked = false;               ///< suspended by the engine, not by a yield of the script
  lua_State* preempted_in = nullptr;  ///< the coroutine whose hook has yielded, until it is resumed
  unsigned nonyieldable_depth = 0;    ///< coroutines it stands in whose outer one cannot yield: it cannot be suspended
  IntrusiveList<Socket, struct OfThreadTag> sockets;  ///< that it opened, with a slot or without
  std::optional<QueueEntry> place_in_line;
  IntrusiveList<Mutex, struct HeldTag> mutexes;
  std::unordered_set<Condvar*> condvars;

 private:
  friend class Runtime;
  static constexpr std::uint64_t kSleep = 0, kTimeout = 1;
  void finish(int results) noexcept;
  void fail(int status) noexcept;
  /// Its instance has ended by os.exit: killed in its action, failed in its rule.
  void report_exit() noexcept;
  /// Ends it, since another thread of its instance has called os.exit; it must not be running.
  void end_with_instance() noexcept;
  /// What reports show of a script that failed; its child threads show nothing.
  [[nodiscard]] std::optional<ScriptResult> failure_result() const;
  /// The line about one that has exceeded a limit; none for child threads, and for other ends.
  [[nodiscard]] std::optional<ScriptResult> stopped_result(const std::string& why) const;
  void fail_yielding() noexcept;
  /// It was ended from inside.
  void report_kill() noexcept;
  /// A thread that is killed takes its commands along.
  void clean_up(bool killed) noexcept;
  void reset(lua_State* coroutine) noexcept;
  void report(event::Outcome outcome, std::optional<ScriptResult> result, std::string message, std::string traceback);
  /// For a worker: what its info function will tell.
  void note_error() noexcept;

  Runtime& runtime_;
  const Script& script_;
  ScriptRule rule_;
  ScriptHost& host_;
  PortReport* port_;
  bool worker_;
  const void* parent_coroutine_ = nullptr;
  core::ThreadId parent_instance_{};
  core::ThreadId id_;
  lua_State* coroutine_ = nullptr;
  lua::Ref anchor_;  ///< the coroutine; of a worker the table with what its info function tells
  int arguments_ = 0;
  bool acted_ = false, over_ = false;
  std::chrono::nanoseconds burst_used_{0};         ///< CPU time without waiting, of a preempted thread
  static constexpr std::size_t kOwnMemory = 2048;  ///< of the thread outside of Lua, about
  lua::Charge charge_;
  TimePoint started_;
  core::Deadlines::Id timeout_;
};

}  // namespace sluice::nse
