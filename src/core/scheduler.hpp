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

/// What the scheduler runs; for scripts, a ScriptThread.
class Runnable {
 public:
  virtual ~Runnable() = default;
  enum class Step : std::uint8_t {
    Suspended,  ///< waits for the operation it began last (the reply may be there already)
    Preempted,  ///< has computed for long, waits for nothing and is to go on
    Ended,      ///< is over: the scheduler forgets it and never touches it again
  };
  /// Runs until it suspends or ends. Never throws.
  virtual Step resume() noexcept = 0;
};

/// Run queue and wait states of the script threads of one shard: running (to be resumed in this turn), waiting (for a
/// ticket), pending (new, or its reply has come), preempted, done. Every change is O(1); nothing ever walks all
/// threads. Threads that an event made pending move to running before the running ones are run (SEED.md, point 8). A
/// thread that waits has an operation in flight. One thread of the system only.
class Scheduler final : public Completions {
 public:
  /// How many operations in a row may be answered without suspending before the thread must queue (fairness), and how
  /// long after its resume one may be answered so.
  static constexpr unsigned kBurstOfReplies = 32;
  static constexpr Duration kLongestBurst = std::chrono::milliseconds(5);

  explicit Scheduler(const Clock& clock) noexcept : clock_(clock) {}

  /// A new thread, ready to run in a later turn, never at once. `thread` must outlive it.
  ThreadId add(Runnable& thread);
  /// Removes a thread in any state. Later completions for it are dropped. Safe for the one that runs right now.
  void remove(ThreadId id) noexcept;

  /// The running thread begins an operation: tickets of earlier ones are worth nothing from now on, and a reply that
  /// was not taken is gone. For a thread that has been removed the ticket is worth nothing from the start.
  Ticket start_operation(ThreadId id) noexcept;
  /// The reply to the operation begun last has come, and may be used at once: true at most kBurstOfReplies times in a
  /// row, and only within kLongestBurst of the resume; after that the thread has to suspend and is resumed in a later
  /// turn.
  [[nodiscard]] bool reply_ready(ThreadId id) noexcept;
  /// Takes the reply; it must be there (reply_ready, or the thread has been resumed from waiting).
  Reply take_reply(ThreadId id) noexcept;
  /// Is there a reply that has not been taken?
  [[nodiscard]] bool has_reply(ThreadId id) const noexcept;

  /// waiting -> pending; for the running thread, files the reply. Anything stale is dropped.
  void complete(Ticket ticket, Reply reply) override;

  /// One turn: pending -> running, then everything that stood in running at that moment is resumed once, in the order
  /// in which it became pending; what becomes pending meanwhile is for the next turn. Returns how many were resumed.
  /// Not to be called by a thread that it runs.
  std::size_t run_turn();
  /// Resumes the thread that was preempted first, if there is one. To be called once in a turn of the event loop, so
  /// that what computes gets one slice of each. Returns true if a thread was resumed.
  bool run_slice();
  /// From now on no thread is resumed, not even by the turn under way. From any thread of the system.
  void halt() noexcept { halted_.store(true, std::memory_order_relaxed); }
  /// Until unpause no thread is resumed, not even by the turn under way.
  void pause() noexcept { paused_ = true; }
  void unpause() noexcept { paused_ = false; }
  /// True if run_turn or run_slice would resume a thread, unless halted or paused.
  [[nodiscard]] bool ready() const noexcept { return !running_.empty() || !pending_.empty() || !preempted_.empty(); }

  /// The thread that is being resumed right now; nothing between turns.
  [[nodiscard]] std::optional<ThreadId> current() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return threads_.size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
  /// Grows with every resume; tells a watchdog whether the loop moves.
  [[nodiscard]] std::uint64_t resumes() const noexcept { return resumes_; }
  /// What was added under that id; nullptr for a stale one.
  [[nodiscard]] Runnable* runnable(ThreadId id) noexcept;
  /// When the thread began to wait; kNever if it does not.
  [[nodiscard]] TimePoint waiting_since(ThreadId id) const noexcept;
  /// The one that has waited longest; nothing if none waits. O(1).
  [[nodiscard]] std::optional<ThreadId> longest_waiting() noexcept;

 private:
  struct QueueTag;
  struct Thread : ListNode<QueueTag> {
    explicit Thread(Runnable& what) noexcept : runnable(&what) {}
    Runnable* runnable;
    bool waiting = false;
    bool in_flight = false;       ///< an operation was begun and its reply has not come
    bool replied = false;         ///< it has come and was not taken
    std::uint32_t operation = 0;  ///< the one begun last
    unsigned burst = 0;           ///< replies used at once since the thread was resumed
    ThreadId id;
    TimePoint since = kNever;  ///< when it began to wait
    Reply reply;
  };
  using Queue = IntrusiveList<Thread, QueueTag>;

  [[nodiscard]] bool may_resume() const noexcept { return !paused_ && !halted_.load(std::memory_order_relaxed); }
  void resume(Thread& thread);
  void wait(Thread& thread) noexcept;
  void stop_waiting(Thread& thread) noexcept;

  const Clock& clock_;
  Queue running_;  ///< what this turn has still to resume; empty between turns, unless paused or halted
  Queue pending_;
  Queue preempted_;
  Queue waiters_;         ///< in the order in which they began to wait
  Slab<Thread> threads_;  // after the queues: its nodes leave them first
  ThreadId current_;
  std::size_t waiting_ = 0;
  TimePoint resumed_at_;  ///< when the current thread was
  std::uint64_t resumes_ = 0;
  bool paused_ = false;
  std::atomic<bool> halted_ = false;
};

}  // namespace sluice::core
