// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/intrusive_list.hpp"
#include "base/slab.hpp"
#include "core/ticket.hpp"

namespace sluice::core {

/// A thread of execution that the Scheduler resumes: a ScriptThread, or a fake in tests.
class Runnable {
 public:
  virtual ~Runnable() = default;
  enum class Step : std::uint8_t {
    Suspended,  ///< waits for the operation that it started last; the reply may have arrived already
    Preempted,  ///< exceeded its CPU limit, waits for no operation and must be resumed later
    Ended,      ///< has ended: the scheduler removes it and does not access it again
  };
  /// Runs the thread until it suspends, is preempted or ends.
  virtual Step resume() noexcept = 0;
};

/// Run queue and wait states of the script threads of one shard. A thread is running (to be resumed in this turn),
/// waiting (for the completion of its operation), pending (new, or its operation is complete) or preempted. Each change
/// of state is O(1); no function visits all threads.
/// Invariant: a waiting thread has an operation in flight. Owned by the shard. Not thread-safe, except for halt().
class Scheduler final : public Completions {
 public:
  /// Limits of reply_ready(), for fairness: number of replies that a thread may use without suspending, and the time
  /// after its resume in which it may do so.
  static constexpr unsigned kBurstOfReplies = 32;
  static constexpr Duration kLongestBurst = std::chrono::milliseconds(5);

  explicit Scheduler(const Clock& clock) noexcept : clock_(clock) {}

  /// Adds a thread in the state pending: it runs in a later turn. REQUIRES: `thread` outlives its entry.
  ThreadId add(Runnable& thread);
  /// Removes a thread in any state. Later completions for it are dropped. May be called for the thread that is being
  /// resumed. A stale id has no effect.
  void remove(ThreadId id) noexcept;

  /// Starts an operation of the thread that is being resumed and returns its ticket. Tickets of its earlier operations
  /// become stale, and a reply that was not taken is discarded. Returns a stale ticket if the thread has been removed.
  Ticket start_operation(ThreadId id) noexcept;
  /// True if the reply to the last operation has arrived and may be used without suspending. The thread may do this
  /// kBurstOfReplies times per resume, and within kLongestBurst after the resume. Each true result counts. After false
  /// the thread must suspend; it is resumed in a later turn.
  [[nodiscard]] bool reply_ready(ThreadId id) noexcept;
  /// Removes and returns the reply. REQUIRES: reply_ready() returned true, or the thread was resumed from waiting.
  Reply take_reply(ThreadId id) noexcept;
  /// True if a reply has arrived that has not been taken.
  [[nodiscard]] bool has_reply(ThreadId id) const noexcept;

  /// Stores the reply and makes a waiting thread pending. Drops the reply if the ticket is stale. Runs no thread.
  void complete(Ticket ticket, Reply reply) override;

  /// Runs one turn: the pending threads become running, in the order in which they became pending, and each running
  /// thread is resumed once. A thread that becomes pending during the turn is resumed in the next one. So a thread that
  /// an event has made pending, for example a granted slot, runs in the turn that follows the event. Returns the number
  /// of resumed threads.
  /// REQUIRES: not called by a thread that is being resumed.
  std::size_t run_turn();
  /// Resumes the thread that was preempted first, if there is one. Returns true if a thread was resumed. The caller
  /// does this once per turn of the event loop, so that preempted threads share the CPU in slices.
  bool run_slice();
  /// Stops all resumes permanently, also those of the current turn. Thread-safe.
  void halt() noexcept { halted_.store(true, std::memory_order_relaxed); }
  /// Stops all resumes permanently, also those of the current turn, after a thread has been resumed at `time` or later.
  void halt_at(TimePoint time) noexcept { halt_at_ = time; }
  /// Stops all resumes until unpause(), also those of the current turn.
  void pause() noexcept { paused_ = true; }
  void unpause() noexcept { paused_ = false; }
  /// True if run_turn() or run_slice() would resume a thread if the scheduler is neither halted nor paused.
  [[nodiscard]] bool ready() const noexcept { return !running_.empty() || !pending_.empty() || !preempted_.empty(); }

  /// Returns the thread that is being resumed, or nothing between resumes.
  [[nodiscard]] std::optional<ThreadId> current() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return threads_.size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
  /// Returns the number of resumes so far. It shows whether the scheduler makes progress.
  [[nodiscard]] std::uint64_t resumes() const noexcept { return resumes_; }
  /// Returns the object that was given to add(), or nullptr if `id` is stale.
  [[nodiscard]] Runnable* runnable(ThreadId id) noexcept;
  /// Returns the time at which the thread began to wait, or kNever if it does not wait.
  [[nodiscard]] TimePoint waiting_since(ThreadId id) const noexcept;
  /// Returns the thread that has waited longest, or nothing if none waits. O(1).
  [[nodiscard]] std::optional<ThreadId> longest_waiting() noexcept;

 private:
  struct QueueTag;
  struct Thread : ListNode<QueueTag> {
    explicit Thread(Runnable& what) noexcept : runnable(&what) {}
    Runnable* runnable;
    bool waiting = false;
    bool in_flight = false;       ///< an operation was started and its reply has not arrived
    bool replied = false;         ///< the reply has arrived and has not been taken
    std::uint32_t operation = 0;  ///< number of the last operation
    unsigned burst = 0;           ///< replies used without suspending since the last resume
    ThreadId id;
    TimePoint since = kNever;  ///< when the thread began to wait
    Reply reply;
  };
  using Queue = IntrusiveList<Thread, QueueTag>;

  [[nodiscard]] bool may_resume() const noexcept {
    return !paused_ && !halted_.load(std::memory_order_relaxed) && resumed_at_ < halt_at_;
  }
  void resume(Thread& thread);
  void wait(Thread& thread) noexcept;
  void stop_waiting(Thread& thread) noexcept;

  const Clock& clock_;
  Queue running_;  ///< threads to be resumed in this turn; empty between turns unless paused or halted
  Queue pending_;
  Queue preempted_;
  Queue waiters_;         ///< in the order in which they began to wait
  Slab<Thread> threads_;  // after the queues: destroying its nodes unlinks them
  ThreadId current_;
  std::size_t waiting_ = 0;
  TimePoint resumed_at_;  ///< when the current or last thread was resumed
  TimePoint halt_at_ = kNever;
  std::uint64_t resumes_ = 0;
  bool paused_ = false;
  std::atomic<bool> halted_ = false;
};

}  // namespace sluice::core
