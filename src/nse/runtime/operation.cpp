// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/operation.hpp"

#include "nse/runtime/runtime.hpp"
#include "nse/runtime/socket.hpp"

namespace sluice::nse::pending {

Base::Base(ScriptThread& thread, core::Completion completion, const char* awaited, Socket* used) noexcept
    : done(completion), what(awaited), socket(used) {
  if (socket) socket->user = &thread;
}

Base::~Base() {
  if (socket) socket->user = nullptr;
}

ThreadWait::ThreadWait(ScriptThread& thread) noexcept : runtime_(thread.runtime()) { runtime_.add_thread_wait(); }
ThreadWait::~ThreadWait() { runtime_.remove_thread_wait(); }

SlotRequest::SlotRequest(ScriptThread& thread, core::Completion completion, Socket& used, Outbound then) noexcept
    : Base(thread, completion, "a socket slot", &used),
      outbound(std::move(then)),
      slots_(thread.runtime().parts.slots),
      lease_(thread.lease()),
      counted_(thread) {}

SlotRequest::~SlotRequest() {
  if (lease_.waiting()) slots_.withdraw(lease_);
}

SocketOperation::SocketOperation(ScriptThread& thread, core::Completion completion, Socket& used,
                                 const char* awaited) noexcept
    : Base(thread, completion, awaited, &used), sockets_(thread.runtime().parts.sockets) {}

SocketOperation::~SocketOperation() {
  if (!replied && socket->id) sockets_.cancel(socket->id);
}

Sleep::Sleep(ScriptThread& thread, core::Completion completion, const char* awaited, TimePoint until, Socket* used)
    : Base(thread, completion, awaited, used),
      deadlines_(thread.runtime().parts.deadlines),
      deadline_(deadlines_.arm(until, *this)) {}

Sleep::~Sleep() { deadlines_.cancel(deadline_); }

void Sleep::expired(std::uint64_t) { done({}); }

Preemption::Preemption(ScriptThread& thread, core::Completion completion, lua_State* coroutine) noexcept
    : Base(thread, completion, ""), runtime_(thread.runtime()) {
  suspended_in = coroutine;
}

Preemption::~Preemption() { runtime_.remove_preempted(suspended_in); }

}  // namespace sluice::nse::pending
