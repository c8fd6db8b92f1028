// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <lua.hpp>
#include <string>
#include <variant>

#include "core/deadlines.hpp"
#include "core/slot_pool.hpp"
#include "core/ticket.hpp"
#include "core/wait_queue.hpp"
#include "net/sockets.hpp"

namespace sluice::nse {

class Runtime;
class ScriptThread;
class Socket;

/// The entry of a script thread in the queue of a mutex, a condition variable or the garbage collector. `coroutine` is
/// the one that called the blocking function.
struct QueueEntry : core::Waiter {
  QueueEntry(core::Ticket ticket, ScriptThread& who, lua_State* in) noexcept
      : Waiter(ticket), thread(who), coroutine(in) {}
  ScriptThread& thread;
  lua_State* coroutine;
};

/// What a connect or sendto needs when the slot is granted and the address is known.
struct Outbound {
  std::string host{};  ///< name or address of the peer
  net::ConnectRequest request{};
  std::string datagram{};
};

/// The kinds of operations of a script thread. ScriptThread::start creates the operation, which its thread owns. It is
/// destroyed when its reply has been handled, or when the thread ends. The destructor cancels what has not completed.
namespace pending {

/// The common part of all kinds. Reserves `socket`, if there is one, so that no other call may use it until the
/// operation is destroyed.
struct Base {
  Base(ScriptThread& thread, core::Completion completion, const char* awaited, Socket* used = nullptr) noexcept;
  ~Base();
  Base(const Base&) = delete;
  Base& operator=(const Base&) = delete;

  const core::Completion done;        ///< delivers the reply
  const char* const what;             ///< what the thread waits for, in messages
  Socket* const socket;               ///< null: none
  lua_State* suspended_in = nullptr;  ///< the innermost coroutine of the thread if the thread is suspended; else null
  bool replied = false;               ///< the thread has taken the reply
};

/// Counts a thread among those that only another script thread can wake, as long as this object exists.
class ThreadWait {
 public:
  explicit ThreadWait(ScriptThread& thread) noexcept;
  ~ThreadWait();
  ThreadWait(const ThreadWait&) = delete;
  ThreadWait& operator=(const ThreadWait&) = delete;

 private:
  Runtime& runtime_;
};

/// An operation that is complete when it starts. The thread is suspended only if the scheduler has to resume other
/// threads first (core::Scheduler::reply_ready).
struct Immediate : Base {
  Immediate(ScriptThread& thread, core::Completion completion, const char* awaited) noexcept
      : Base(thread, completion, awaited) {}
};

/// A request for a slot, made by a connect.
struct SlotRequest : Base {
  SlotRequest(ScriptThread& thread, core::Completion completion, Socket& used, Outbound then) noexcept;
  ~SlotRequest();

  Outbound outbound;

 private:
  core::SlotPool& slots_;
  core::Lease& lease_;
  ThreadWait counted_;
};

/// A look-up of a name. It cannot be cancelled: if it is destroyed early, the scheduler drops its completion.
struct Lookup : Base {
  Lookup(ScriptThread& thread, core::Completion completion, Socket* used = nullptr, Outbound then = {}) noexcept
      : Base(thread, completion, "a name", used), outbound(std::move(then)) {}

  Outbound outbound;
};

/// An operation of the network on a socket: a connect, a send, a receive, a handshake, or the wait for the exit of a
/// command.
struct SocketOperation : Base {
  SocketOperation(ScriptThread& thread, core::Completion completion, Socket& used, const char* awaited) noexcept;
  ~SocketOperation();

 private:
  net::Sockets& sockets_;
};

/// A wait until a point in time.
struct Sleep final : Base, private core::Expirable {
  Sleep(ScriptThread& thread, core::Completion completion, const char* awaited, TimePoint until,
        Socket* used = nullptr);
  ~Sleep() override;

 private:
  void expired(std::uint64_t cookie) override;

  core::Deadlines& deadlines_;
  core::Deadlines::Id deadline_;
};

/// A wait in a queue. The caller of ScriptThread::start adds `entry` to the queue. The destructor leaves the queue.
struct QueueWait : Base {
  QueueWait(ScriptThread& thread, core::Completion completion, const char* awaited, lua_State* coroutine) noexcept
      : Base(thread, completion, awaited), entry(completion.ticket, thread, coroutine) {}

  QueueEntry entry;
};

/// A wait in the queue of a mutex or of a condition variable.
struct ThreadQueueWait : QueueWait {
  ThreadQueueWait(ScriptThread& thread, core::Completion completion, const char* awaited, lua_State* coroutine) noexcept
      : QueueWait(thread, completion, awaited, coroutine), counted_(thread) {}

 private:
  ThreadWait counted_;
};

/// The state of a preempted thread: its hook has yielded, and it waits for nothing.
struct Preemption : Base {
  Preemption(ScriptThread& thread, core::Completion completion, lua_State* coroutine) noexcept;
  ~Preemption();

  std::chrono::nanoseconds used{0};  ///< CPU time of the thread since it last waited

 private:
  Runtime& runtime_;
};

}  // namespace pending

/// The pending operation of a script thread; std::monostate: none.
using PendingOperation =
    std::variant<std::monostate, pending::Immediate, pending::SlotRequest, pending::Lookup, pending::SocketOperation,
                 pending::Sleep, pending::QueueWait, pending::ThreadQueueWait, pending::Preemption>;

/// Returns the common part of an operation; null if there is no operation.
inline pending::Base* base_of(PendingOperation& operation) noexcept {
  const auto base = [](auto& kind) -> pending::Base* {
    if constexpr (std::is_same_v<decltype(kind), std::monostate&>)
      return nullptr;
    else
      return &kind;
  };
  return std::visit(base, operation);
}
inline const pending::Base* base_of(const PendingOperation& operation) noexcept {
  return base_of(const_cast<PendingOperation&>(operation));
}

}  // namespace sluice::nse
