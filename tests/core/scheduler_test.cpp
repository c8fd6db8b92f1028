// SPDX-License-Identifier: Apache-2.0
#include "core/scheduler.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "support/manual_clock.hpp"

namespace sluice::core {
namespace {

using namespace std::chrono_literals;
using Step = Runnable::Step;
using Names = std::vector<std::string>;

class Scheduler : public ::testing::Test {
 protected:
  /// A thread whose body is a function of the test. Each resume appends its name to `ran`.
  struct Thread : Runnable {
    Thread(Scheduler& test, std::string what, std::function<Step(Thread&)> does)
        : home(test), name(std::move(what)), body(std::move(does)) {}
    Step resume() noexcept override {
      home.ran.push_back(name);
      EXPECT_EQ(home.scheduler.current(), id);
      return body(*this);
    }
    /// Starts an operation, which the test completes by `ticket`.
    Step wait() {
      ticket = home.scheduler.start_operation(id);
      return Step::Suspended;
    }
    Scheduler& home;
    std::string name;
    std::function<Step(Thread&)> body;
    ThreadId id;
    Ticket ticket;
  };

  void start(Thread& thread) { thread.id = scheduler.add(thread); }
  /// A reply with this data.
  static Reply reply(std::string data) { return {.data = std::move(data)}; }
  /// Appends the data of a reply, if there is one, to `taken`; then starts the next operation.
  static Step take_and_wait(Thread& self) {
    if (self.home.scheduler.has_reply(self.id)) self.home.taken.push_back(self.home.scheduler.take_reply(self.id).data);
    return self.wait();
  }

  ManualClock clock;
  core::Scheduler scheduler{clock};
  Names ran, taken;
};

TEST_F(Scheduler, ThreadThatIsResumedAtHaltTimeIsTheLast) {
  const auto take_time = [this](Thread& self) {
    clock.advance(1s);
    return self.wait();
  };
  Thread first(*this, "first", take_time), second(*this, "second", take_time), third(*this, "third", take_time);
  scheduler.halt_at(clock.now() + 1s);
  for (Thread* thread : {&first, &second, &third}) start(*thread);
  EXPECT_EQ(scheduler.run_turn(), 2u);
  EXPECT_EQ(scheduler.run_turn(), 0u);
  EXPECT_EQ(ran, (Names{"first", "second"}));
  EXPECT_TRUE(scheduler.ready());
}

TEST_F(Scheduler, HaltStopsResumesWithinCurrentTurn) {
  Thread halts(*this, "halts", [this](Thread& self) {
    scheduler.halt();
    return self.wait();
  });
  Thread other(*this, "other", [](Thread&) { return Step::Ended; });
  start(halts);
  start(other);
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(scheduler.run_turn(), 0u);
  EXPECT_EQ(ran, Names{"halts"});
}

TEST_F(Scheduler, PauseStopsResumesWithinCurrentTurnUntilUnpause) {
  Thread pauses(*this, "pauses", [this](Thread& self) {
    scheduler.pause();
    return self.wait();
  });
  Thread other(*this, "other", [](Thread&) { return Step::Ended; });
  start(pauses);
  start(other);
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(scheduler.run_turn(), 0u);
  EXPECT_EQ(ran, Names{"pauses"});
  scheduler.unpause();
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(ran, (Names{"pauses", "other"}));
}

TEST_F(Scheduler, NewThreadIsResumedInNextTurn) {
  Thread thread(*this, "a", [](Thread&) { return Step::Ended; });
  EXPECT_FALSE(scheduler.ready());
  start(thread);
  EXPECT_TRUE(ran.empty());
  EXPECT_TRUE(scheduler.ready());
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(ran, Names{"a"});
}

TEST_F(Scheduler, EndedThreadIsRemoved) {
  Thread thread(*this, "a", [](Thread&) { return Step::Ended; });
  start(thread);
  scheduler.run_turn();
  EXPECT_EQ(scheduler.size(), 0u);
  EXPECT_FALSE(scheduler.ready());
  EXPECT_EQ(scheduler.run_turn(), 0u);
  EXPECT_EQ(scheduler.current(), std::nullopt);
}

TEST_F(Scheduler, WaitingThreadIsResumedOnlyAfterCompletion) {
  Thread thread(*this, "a", take_and_wait);
  start(thread);
  scheduler.run_turn();
  EXPECT_EQ(scheduler.waiting(), 1u);
  EXPECT_FALSE(scheduler.ready());
  EXPECT_EQ(scheduler.run_turn(), 0u);
  scheduler.complete(thread.ticket, reply("x"));
  EXPECT_EQ(scheduler.waiting(), 0u);
  EXPECT_TRUE(scheduler.ready());
  EXPECT_TRUE(taken.empty()) << "complete only files the reply";
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(taken, Names{"x"});
}

TEST_F(Scheduler, ThreadsAreResumedInOrderOfCompletions) {
  Thread a(*this, "a", take_and_wait), b(*this, "b", take_and_wait), c(*this, "c", take_and_wait);
  for (Thread* thread : {&a, &b, &c}) start(*thread);
  scheduler.run_turn();
  EXPECT_EQ(ran, (Names{"a", "b", "c"}));
  ran.clear();
  for (Thread* thread : {&c, &a, &b}) scheduler.complete(thread->ticket, {});
  scheduler.run_turn();
  EXPECT_EQ(ran, (Names{"c", "a", "b"}));
}

TEST_F(Scheduler, CompletionForRunningThreadMakesReplyReady) {
  Thread thread(*this, "a", [this](Thread& self) {
    const Ticket ticket = scheduler.start_operation(self.id);
    EXPECT_FALSE(scheduler.reply_ready(self.id));
    EXPECT_FALSE(scheduler.has_reply(self.id));
    scheduler.complete(ticket, reply("here"));
    EXPECT_TRUE(scheduler.has_reply(self.id));
    EXPECT_TRUE(scheduler.reply_ready(self.id));
    EXPECT_EQ(scheduler.take_reply(self.id).data, "here");
    EXPECT_FALSE(scheduler.has_reply(self.id));
    EXPECT_FALSE(scheduler.reply_ready(self.id));
    return Step::Ended;
  });
  start(thread);
  scheduler.run_turn();
  EXPECT_EQ(ran.size(), 1u);
}

TEST_F(Scheduler, ThreadSuspendedWithReplyIsResumedInNextTurn) {
  Thread thread(*this, "a", [this](Thread& self) {
    if (scheduler.has_reply(self.id)) {
      taken.push_back(scheduler.take_reply(self.id).data);
      return Step::Ended;
    }
    scheduler.complete(scheduler.start_operation(self.id), reply("x"));
    return Step::Suspended;
  });
  start(thread);
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(scheduler.waiting(), 0u);
  EXPECT_TRUE(scheduler.ready());
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(taken, Names{"x"});
}

TEST_F(Scheduler, RepliesReadyInARowAreBoundedPerResume) {
  unsigned at_once = 0;
  Thread thread(*this, "a", [&](Thread& self) {
    if (scheduler.has_reply(self.id)) scheduler.take_reply(self.id);
    at_once = 0;
    for (;;) {
      scheduler.complete(scheduler.start_operation(self.id), {});
      if (!scheduler.reply_ready(self.id)) return Step::Suspended;
      scheduler.take_reply(self.id);
      ++at_once;
    }
  });
  Thread other(*this, "b", take_and_wait);
  start(thread);
  start(other);
  scheduler.run_turn();
  EXPECT_EQ(at_once, core::Scheduler::kBurstOfReplies);
  EXPECT_EQ(ran, (Names{"a", "b"})) << "the others get their turn";
  scheduler.run_turn();
  EXPECT_EQ(at_once, core::Scheduler::kBurstOfReplies);
  EXPECT_EQ(ran.size(), 3u);
}

TEST_F(Scheduler, NoReplyIsReadyBeyondLongestBurstAfterResume) {
  unsigned at_once = 0;
  Thread thread(*this, "a", [&](Thread& self) {
    if (scheduler.has_reply(self.id)) scheduler.take_reply(self.id);
    for (at_once = 0;; ++at_once) {
      clock.advance(core::Scheduler::kLongestBurst / 4);
      scheduler.complete(scheduler.start_operation(self.id), {});
      if (!scheduler.reply_ready(self.id)) return Step::Suspended;
      scheduler.take_reply(self.id);
    }
  });
  start(thread);
  scheduler.run_turn();
  EXPECT_EQ(at_once, 4u);
  scheduler.run_turn();
  EXPECT_EQ(at_once, 4u) << "counted from this resume";
}

TEST_F(Scheduler, TicketOfRemovedThreadIsDroppedAfterReuseOfPlace) {
  Thread first(*this, "a", take_and_wait), second(*this, "b", take_and_wait);
  start(first);
  scheduler.run_turn();
  scheduler.remove(first.id);
  start(second);
  EXPECT_EQ(second.id.index, first.id.index);
  scheduler.run_turn();
  EXPECT_EQ(second.ticket.operation, first.ticket.operation);
  scheduler.complete(first.ticket, reply("late"));
  EXPECT_EQ(scheduler.run_turn(), 0u);
  EXPECT_FALSE(scheduler.has_reply(second.id));
}

TEST_F(Scheduler, TicketOfAnEarlierOperationIsDropped) {
  Ticket earlier;
  Thread thread(*this, "a", [&](Thread& self) {
    earlier = scheduler.start_operation(self.id);
    return self.wait();
  });
  start(thread);
  scheduler.run_turn();
  scheduler.complete(earlier, reply("late"));
  EXPECT_FALSE(scheduler.ready());
  scheduler.complete(thread.ticket, reply("right"));
  EXPECT_TRUE(scheduler.ready());
}

TEST_F(Scheduler, SecondCompletionOfAnOperationIsDropped) {
  Thread thread(*this, "a", take_and_wait);
  start(thread);
  scheduler.run_turn();
  scheduler.complete(thread.ticket, reply("first"));
  scheduler.complete(thread.ticket, reply("second"));
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(taken, Names{"first"});
  EXPECT_EQ(scheduler.run_turn(), 0u);
}

TEST_F(Scheduler, TicketsNeverIssuedAreDropped) {
  Thread thread(*this, "a", take_and_wait);
  start(thread);
  scheduler.complete({}, {});
  scheduler.complete({thread.id, 0}, reply("before it began anything"));
  scheduler.run_turn();
  EXPECT_TRUE(taken.empty());
  scheduler.complete({thread.id, thread.ticket.operation + 1}, {});
  scheduler.complete({ThreadId{99, 0}, 1}, {});
  EXPECT_FALSE(scheduler.ready());
}

TEST_F(Scheduler, StartOfOperationDropsUntakenReply) {
  Thread thread(*this, "a", [this](Thread& self) {
    scheduler.complete(scheduler.start_operation(self.id), reply("of the old one"));
    self.wait();
    EXPECT_FALSE(scheduler.has_reply(self.id));
    return Step::Suspended;
  });
  start(thread);
  scheduler.run_turn();
  EXPECT_EQ(scheduler.waiting(), 1u);
}

TEST_F(Scheduler, RunningThreadRemovedDuringResumeIsNotScheduled) {
  for (const Step last : {Step::Suspended, Step::Ended}) {
    Thread thread(*this, "a", [&](Thread& self) {
      self.wait();
      scheduler.remove(self.id);
      EXPECT_EQ(scheduler.size(), 0u);
      scheduler.complete(self.ticket, {});
      EXPECT_FALSE(scheduler.has_reply(self.id));
      EXPECT_FALSE(scheduler.reply_ready(self.id));
      scheduler.complete(scheduler.start_operation(self.id), {});  // Lua code of a removed thread may still start one
      return last;
    });
    start(thread);
    EXPECT_EQ(scheduler.run_turn(), 1u);
    EXPECT_EQ(scheduler.waiting(), 0u);
    EXPECT_FALSE(scheduler.ready());
  }
}

TEST_F(Scheduler, PlaceOfRemovedRunningThreadMayBeReusedBeforeResumeReturns) {
  Thread next(*this, "b", take_and_wait);
  Thread thread(*this, "a", [&](Thread& self) {
    scheduler.remove(self.id);
    start(next);
    return Step::Ended;
  });
  start(thread);
  scheduler.run_turn();
  EXPECT_EQ(scheduler.size(), 1u);
  scheduler.run_turn();
  EXPECT_EQ(ran, (Names{"a", "b"}));
}

TEST_F(Scheduler, ThreadRemovedInCurrentTurnIsNotResumed) {
  Thread victim(*this, "victim", take_and_wait);
  Thread killer(*this, "killer", [&](Thread&) {
    scheduler.remove(victim.id);
    return Step::Ended;
  });
  start(killer);
  start(victim);
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(ran, Names{"killer"});
  EXPECT_EQ(scheduler.size(), 0u);
}

TEST_F(Scheduler, RemovedThreadIsNeitherWaitingNorPending) {
  Thread waiting(*this, "a", take_and_wait), pending(*this, "b", take_and_wait);
  start(waiting);
  start(pending);
  scheduler.run_turn();
  scheduler.complete(pending.ticket, {});
  scheduler.remove(waiting.id);
  EXPECT_EQ(scheduler.waiting(), 0u);
  EXPECT_EQ(scheduler.longest_waiting(), std::nullopt);
  scheduler.remove(pending.id);
  EXPECT_FALSE(scheduler.ready());
  scheduler.remove(pending.id);
  EXPECT_EQ(scheduler.size(), 0u);
}

TEST_F(Scheduler, ThreadAddedDuringTurnIsResumedInNextTurn) {
  Thread child(*this, "child", [](Thread&) { return Step::Ended; });
  Thread parent(*this, "parent", [&](Thread&) {
    start(child);
    return Step::Ended;
  });
  start(parent);
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(ran, Names{"parent"});
  EXPECT_TRUE(scheduler.ready());
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(ran, (Names{"parent", "child"}));
}

TEST_F(Scheduler, CompletionDuringTurnResumesThreadInNextTurn) {
  Thread sleeper(*this, "sleeper", take_and_wait);
  start(sleeper);
  scheduler.run_turn();
  Thread waker(*this, "waker", [&](Thread&) {
    scheduler.complete(sleeper.ticket, {});
    return Step::Ended;
  });
  start(waker);
  ran.clear();
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(ran, Names{"waker"});
  scheduler.run_turn();
  EXPECT_EQ(ran, (Names{"waker", "sleeper"}));
}

TEST_F(Scheduler, ThreadWithImmediateRepliesDoesNotStarveOthers) {
  Thread greedy(*this, "greedy", [this](Thread& self) {
    scheduler.complete(scheduler.start_operation(self.id), {});
    return Step::Suspended;
  });
  Thread other(*this, "other", take_and_wait);
  start(greedy);
  start(other);
  for (int turn = 0; turn < 3; ++turn) {
    ran.clear();
    EXPECT_EQ(scheduler.run_turn(), 2u) << "each once per turn";
    scheduler.complete(other.ticket, {});
  }
}

TEST_F(Scheduler, LongestWaitingIsThreadWithEarliestWait) {
  Thread a(*this, "a", take_and_wait), b(*this, "b", take_and_wait);
  start(a);
  scheduler.run_turn();
  clock.advance(1s);
  start(b);
  EXPECT_EQ(scheduler.waiting_since(b.id), kNever) << "it has not run yet";
  scheduler.run_turn();
  EXPECT_EQ(scheduler.longest_waiting(), a.id);
  EXPECT_EQ(scheduler.waiting_since(b.id) - scheduler.waiting_since(a.id), 1s);
  scheduler.complete(a.ticket, {});
  EXPECT_EQ(scheduler.waiting_since(a.id), kNever);
  EXPECT_EQ(scheduler.longest_waiting(), b.id);
  clock.advance(1s);
  scheduler.run_turn();
  EXPECT_EQ(scheduler.longest_waiting(), b.id) << "a waits again, but since later";
  EXPECT_EQ(scheduler.waiting_since(a.id) - scheduler.waiting_since(b.id), 1s);
  EXPECT_EQ(scheduler.waiting_since(ThreadId{}), kNever);
}

TEST_F(Scheduler, ResumeCounterGrowsWithEveryResume) {
  Thread a(*this, "a", take_and_wait), b(*this, "b", take_and_wait);
  start(a);
  start(b);
  scheduler.run_turn();
  EXPECT_EQ(scheduler.resumes(), 2u);
  scheduler.run_turn();
  EXPECT_EQ(scheduler.resumes(), 2u);
  scheduler.complete(a.ticket, {});
  scheduler.run_turn();
  EXPECT_EQ(scheduler.resumes(), 3u);
}

TEST_F(Scheduler, ReplyKeepsAllFields) {
  Reply got;
  Thread thread(*this, "a", [&](Thread& self) {
    if (!scheduler.has_reply(self.id)) return self.wait();
    got = scheduler.take_reply(self.id);
    return Step::Ended;
  });
  start(thread);
  scheduler.run_turn();
  scheduler.complete(thread.ticket,
                     {.status = Status::Error, .error = 111, .data = std::string("a\0b", 3), .addresses = {Address{}}});
  scheduler.run_turn();
  EXPECT_EQ(got.status, Status::Error);
  EXPECT_EQ(got.error, 111);
  EXPECT_EQ(got.data, std::string("a\0b", 3));
  EXPECT_EQ(got.addresses.size(), 1u);
}

#ifndef NDEBUG
TEST_F(Scheduler, SuspendWithoutOperationAsserts) {
  Thread thread(*this, "a", [](Thread&) { return Step::Suspended; });
  start(thread);
  EXPECT_DEATH(scheduler.run_turn(), "without an operation");
}
#endif

TEST_F(Scheduler, SlicesResumePreemptedThreadsInTurn) {
  const auto computes = [](Thread&) { return Step::Preempted; };
  Thread first(*this, "first", computes), second(*this, "second", computes);
  start(first);
  start(second);
  EXPECT_EQ(scheduler.run_turn(), 2u);
  EXPECT_TRUE(scheduler.ready());
  EXPECT_EQ(scheduler.run_turn(), 0u) << "a turn resumes no preempted thread";
  for (int slices = 0; slices < 3; ++slices) EXPECT_TRUE(scheduler.run_slice());
  EXPECT_EQ(ran, (Names{"first", "second", "first", "second", "first"}));
  EXPECT_EQ(scheduler.waiting(), 0u);
  EXPECT_FALSE(scheduler.longest_waiting());
}

TEST_F(Scheduler, RemovedPreemptedThreadIsNotResumed) {
  Thread thread(*this, "a", [](Thread&) { return Step::Preempted; });
  start(thread);
  scheduler.run_turn();
  scheduler.remove(thread.id);
  EXPECT_FALSE(scheduler.ready());
  EXPECT_FALSE(scheduler.run_slice());
}

TEST_F(Scheduler, HaltStopsResumesOfPreemptedThreads) {
  Thread thread(*this, "a", [](Thread&) { return Step::Preempted; });
  start(thread);
  scheduler.run_turn();
  scheduler.halt();
  EXPECT_FALSE(scheduler.run_slice());
  EXPECT_EQ(ran, Names{"a"});
}

TEST_F(Scheduler, ThreadWaitingAfterSliceIsResumedByCompletion) {
  Thread thread(*this, "a",
                [slices = 0](Thread& self) mutable { return ++slices == 1 ? Step::Preempted : take_and_wait(self); });
  start(thread);
  scheduler.run_turn();
  scheduler.run_slice();
  EXPECT_EQ(scheduler.waiting(), 1u);
  scheduler.complete(thread.ticket, reply("x"));
  scheduler.run_turn();
  EXPECT_EQ(taken, Names{"x"});
}

}  // namespace
}  // namespace sluice::core
