// SPDX-License-Identifier: Apache-2.0
#include "core/scheduler.hpp"

#include <cassert>
#include <utility>

namespace sluice::core {

ThreadId Scheduler::add(Runnable& runnable) {
  const ThreadId id = threads_.emplace(runnable);
  Thread& thread = threads_.at(id);
  thread.id = id;
  pending_.push_back(thread);
  return id;
}

void Scheduler::remove(ThreadId id) noexcept {
  Thread* thread = threads_.find(id);
  if (!thread) return;
  if (thread->waiting) stop_waiting(*thread);
  threads_.erase(id);
}

Ticket Scheduler::start_operation(ThreadId id) noexcept {
  Thread* thread = threads_.find(id);
  if (!thread) return {};
  assert(id == current_ && "only the running thread begins operations");
  thread->in_flight = true;
  thread->replied = false;
  thread->reply = {};
  return {id, ++thread->operation};
}

bool Scheduler::reply_ready(ThreadId id) noexcept {
  Thread* thread = threads_.find(id);
  if (!thread || !thread->replied || thread->burst == kBurstOfReplies) return false;
  if (clock_.now() - resumed_at_ > kLongestBurst) return false;
  ++thread->burst;
  return true;
}

Reply Scheduler::take_reply(ThreadId id) noexcept {
  Thread& thread = threads_.at(id);
  assert(thread.replied);
  thread.replied = false;
  return std::exchange(thread.reply, {});
}

bool Scheduler::has_reply(ThreadId id) const noexcept {
  const Thread* thread = threads_.find(id);
  return thread && thread->replied;
}

void Scheduler::complete(Ticket ticket, Reply reply) {
  Thread* thread = threads_.find(ticket.thread);
  if (!thread || !thread->in_flight || thread->operation != ticket.operation) return;
  thread->in_flight = false;
  thread->replied = true;
  thread->reply = std::move(reply);
  if (!thread->waiting) return;
  stop_waiting(*thread);
  pending_.push_back(*thread);
}

std::size_t Scheduler::run_turn() {
  assert(!current_ && "a turn within a turn");
  while (!pending_.empty()) running_.push_back(pending_.pop_front());
  const std::uint64_t before = resumes_;
  while (!running_.empty() && may_resume()) resume(running_.pop_front());
  return static_cast<std::size_t>(resumes_ - before);
}

bool Scheduler::run_slice() {
  assert(!current_ && "a slice within a turn");
  if (preempted_.empty() || !may_resume()) return false;
  resume(preempted_.pop_front());
  return true;
}

void Scheduler::resume(Thread& next) {
  const ThreadId id = next.id;
  next.burst = 0;
  ++resumes_;
  current_ = id;
  resumed_at_ = clock_.now();
  const Runnable::Step step = next.runnable->resume();
  current_ = {};
  Thread* thread = threads_.find(id);
  if (!thread) return;  // removed while it ran
  if (step == Runnable::Step::Ended)
    threads_.erase(id);
  else if (step == Runnable::Step::Preempted)
    preempted_.push_back(*thread);
  else if (thread->replied)
    pending_.push_back(*thread);
  else
    wait(*thread);
}

std::optional<ThreadId> Scheduler::current() const noexcept {
  return current_ ? std::optional(current_) : std::nullopt;
}

Runnable* Scheduler::runnable(ThreadId id) noexcept {
  Thread* thread = threads_.find(id);
  return thread ? thread->runnable : nullptr;
}

TimePoint Scheduler::waiting_since(ThreadId id) const noexcept {
  const Thread* thread = threads_.find(id);
  return thread ? thread->since : kNever;
}

std::optional<ThreadId> Scheduler::longest_waiting() noexcept {
  return waiters_.empty() ? std::nullopt : std::optional(waiters_.front().id);
}

void Scheduler::wait(Thread& thread) noexcept {
  assert(thread.in_flight && "a thread suspended without an operation that could wake it");
  thread.waiting = true;
  thread.since = clock_.now();
  waiters_.push_back(thread);
  ++waiting_;
}

void Scheduler::stop_waiting(Thread& thread) noexcept {
  thread.unlink();
  thread.waiting = false;
  thread.since = kNever;
  --waiting_;
}

}  // namespace sluice::core
