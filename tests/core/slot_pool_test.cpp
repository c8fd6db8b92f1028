// SPDX-License-Identifier: Apache-2.0
#include "core/slot_pool.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <vector>

namespace sluice::core {
namespace {

/// Records the threads that were granted a slot.
struct Grants : Completions {
  void complete(Ticket ticket, Reply reply) override {
    EXPECT_EQ(reply.status, Status::Ok);
    EXPECT_TRUE(reply.data.empty());
    to.push_back(ticket.thread.index);
  }
  /// The completion of thread n.
  Completion completion(std::uint32_t n) { return {this, Ticket{ThreadId{n, 0}, 1}}; }
  std::vector<std::uint32_t> to;
};
using Granted = std::vector<std::uint32_t>;

class SlotPool : public ::testing::Test {
 protected:
  /// Thread number n, of the host of `line`. Calls the pool in the order in which ScriptThread does.
  struct Thread {
    Thread(SlotPool& test, HostSlotQueue& line, std::uint32_t n)
        : pool(test.pool()), lease(pool, line), grants(test.grants), number(n) {
      pool.resumed(lease);
    }
    /// Requests a slot. Returns true, with one more open socket, if the thread holds a slot; otherwise it suspends.
    bool connect() {
      const bool has = pool.request(lease, grants.completion(number));
      has ? pool.opened(lease) : pool.suspended(lease);
      return has;
    }
    /// Resumes after a grant, opens a socket and suspends.
    void go_on() {
      pool.resumed(lease);
      pool.opened(lease);
      pool.suspended(lease);
    }
    core::SlotPool& pool;
    Lease lease;
    Grants& grants;
    std::uint32_t number;
  };

  core::SlotPool& pool() { return *pool_; }
  void limit(std::size_t total, std::size_t per_host) { pool_.emplace(core::SlotPool::Limits{total, per_host}); }
  Thread& thread(HostSlotQueue& line) {
    return threads.emplace_back(*this, line, static_cast<std::uint32_t>(threads.size()));
  }
  /// Adds `count` suspended threads of `line`, each with a slot and one open socket.
  void occupy(HostSlotQueue& line, std::size_t count) {
    while (count--) {
      Thread& holder = thread(line);
      ASSERT_TRUE(holder.connect());
      pool().suspended(holder.lease);
    }
  }

  Grants grants;
  std::optional<core::SlotPool> pool_;
  HostSlotQueue a, b, c;  // hosts
  std::deque<Thread> threads;
};

TEST_F(SlotPool, HeldSlotsNeverExceedTotal) {
  limit(2, 20);
  Thread& first = thread(a);
  EXPECT_TRUE(first.connect());
  EXPECT_TRUE(thread(b).connect());
  EXPECT_FALSE(thread(c).connect()) << "N means N, not N+1";
  EXPECT_EQ(pool().held(), 2u);
  EXPECT_EQ(pool().waiting(), 1u);
  EXPECT_TRUE(threads[2].lease.waiting());
  EXPECT_FALSE(threads[2].lease.holds_slot());
}

TEST_F(SlotPool, HeldSlotsOfHostNeverExceedPerHost) {
  limit(10, 2);
  occupy(a, 2);
  EXPECT_FALSE(thread(a).connect());
  EXPECT_TRUE(thread(b).connect()) << "another host has its own budget";
  EXPECT_EQ(a.held(), 2u);
  EXPECT_EQ(b.held(), 1u);
  EXPECT_EQ(pool().waiting(), 1u) << "counts those who wait for either budget";
}

TEST_F(SlotPool, RequestOfHolderSucceedsAtOnce) {
  limit(1, 1);
  Thread& holder = thread(a);
  for (int socket = 1; socket <= 5; ++socket) EXPECT_TRUE(holder.connect());
  EXPECT_EQ(holder.lease.open_sockets(), 5u);
  EXPECT_EQ(pool().held(), 1u);
}

TEST_F(SlotPool, SlotIsHeldUntilLastSocketCloses) {
  limit(1, 1);
  Thread& holder = thread(a);
  holder.connect();
  holder.connect();
  EXPECT_FALSE(thread(a).connect());
  pool().closed(holder.lease);
  pool().suspended(holder.lease);
  EXPECT_TRUE(grants.to.empty());
  pool().closed(holder.lease);
  EXPECT_EQ(grants.to, Granted{1});
}

TEST_F(SlotPool, OfferedSlotIsReturnedWhenThreadSuspends) {
  limit(1, 1);
  Thread& holder = thread(a);
  holder.connect();
  Thread& waiter = thread(a);
  waiter.connect();
  pool().closed(holder.lease);
  EXPECT_TRUE(grants.to.empty()) << "the thread may connect again in the same breath";
  EXPECT_TRUE(holder.lease.holds_slot());
  pool().suspended(holder.lease);
  EXPECT_EQ(grants.to, Granted{1});
  EXPECT_FALSE(holder.lease.holds_slot());
  EXPECT_TRUE(waiter.lease.holds_slot());
}

TEST_F(SlotPool, OfferedSlotIsKeptByNewRequestBeforeSuspend) {
  limit(1, 1);
  Thread& holder = thread(a);
  holder.connect();
  thread(a).connect();
  pool().closed(holder.lease);
  EXPECT_TRUE(holder.connect());
  pool().suspended(holder.lease);
  EXPECT_TRUE(grants.to.empty());
  EXPECT_TRUE(holder.lease.holds_slot());
}

TEST_F(SlotPool, OfferedSlotIsReturnedWhenThreadEnds) {
  limit(1, 1);
  Thread& holder = thread(a);
  holder.connect();
  thread(a).connect();
  pool().closed(holder.lease);
  pool().ended(holder.lease);
  EXPECT_EQ(grants.to, Granted{1});
}

TEST_F(SlotPool, SlotOfSuspendedThreadIsReturnedWhenLastSocketCloses) {
  limit(1, 1);
  Thread& holder = thread(a);
  holder.connect();
  thread(a).connect();
  pool().suspended(holder.lease);
  EXPECT_TRUE(grants.to.empty());
  pool().closed(holder.lease);
  EXPECT_EQ(grants.to, Granted{1});
  EXPECT_FALSE(holder.lease.holds_slot());
}

TEST_F(SlotPool, FormerHolderQueuesBehindWaiters) {
  limit(1, 1);
  Thread& first = thread(a);
  first.connect();
  thread(a).connect();
  thread(a).connect();
  pool().closed(first.lease);
  pool().suspended(first.lease);
  pool().resumed(first.lease);
  EXPECT_FALSE(first.connect());
  threads[1].go_on();
  pool().closed(threads[1].lease);
  EXPECT_EQ(grants.to, (Granted{1, 2}));
}

TEST_F(SlotPool, ReturnedSlotIsGrantedToLongestWaiterOnly) {
  limit(1, 20);
  occupy(a, 1);
  for (int i = 0; i < 10; ++i) thread(a).connect();
  pool().closed(threads[0].lease);
  EXPECT_EQ(grants.to, Granted{1});
  EXPECT_EQ(pool().waiting(), 9u);
  EXPECT_EQ(pool().held(), 1u);
}

TEST_F(SlotPool, WaitersOfHostAreGrantedInOrderOfRequests) {
  limit(1, 20);
  occupy(a, 1);
  for (int i = 0; i < 4; ++i) thread(a).connect();
  for (std::size_t i = 0; i < 4; ++i) {
    pool().closed(threads[i].lease);
    threads[i + 1].go_on();
  }
  EXPECT_EQ(grants.to, (Granted{1, 2, 3, 4}));
}

TEST_F(SlotPool, HostsWithWaitersTakeTurns) {
  limit(1, 20);
  occupy(a, 1);
  for (HostSlotQueue* line : {&a, &a, &a, &b, &b, &c}) thread(*line).connect();  // 1 2 3 of a, 4 5 of b, 6 of c
  for (std::size_t served = 0; served < 6; ++served) {
    pool().closed(threads[served ? grants.to.back() : 0].lease);
    threads[grants.to.back()].go_on();
  }
  EXPECT_EQ(grants.to, (Granted{1, 4, 6, 2, 5, 3}));
}

TEST_F(SlotPool, FullHostDoesNotBlockWaitersOfOtherHosts) {
  limit(3, 2);
  occupy(a, 2);
  occupy(b, 1);
  thread(a).connect();  // 3: a is full
  thread(b).connect();  // 4
  pool().closed(threads[2].lease);
  EXPECT_EQ(grants.to, Granted{4}) << "b's slot does not go to a";
  EXPECT_EQ(a.held(), 2u);
}

TEST_F(SlotPool, SlotReturnedAtHostLimitIsGrantedToWaiterOfHost) {
  limit(10, 1);
  occupy(a, 1);
  EXPECT_FALSE(thread(a).connect());
  pool().closed(threads[0].lease);
  EXPECT_EQ(grants.to, Granted{1});
  EXPECT_EQ(a.held(), 1u);
}

TEST_F(SlotPool, HostBelowLimitAgainTakesLastTurn) {
  limit(2, 1);
  occupy(a, 1);
  occupy(c, 1);
  thread(a).connect();  // 2: for a's budget
  thread(b).connect();  // 3: for the total
  pool().closed(threads[0].lease);
  EXPECT_EQ(grants.to, Granted{3});
  pool().closed(threads[1].lease);
  EXPECT_EQ(grants.to, (Granted{3, 2}));
}

TEST_F(SlotPool, NewRequestDoesNotOvertakeGrantedWaiter) {
  limit(1, 1);
  occupy(a, 1);
  thread(a).connect();
  pool().closed(threads[0].lease);
  EXPECT_FALSE(thread(a).connect()) << "the slot belongs to the waiter though it has not run yet";
  EXPECT_FALSE(thread(b).connect());
  EXPECT_EQ(pool().held(), 1u);
}

TEST_F(SlotPool, SlotGrantedBeforeSuspendIsNotReturnedBySuspend) {
  limit(1, 1);
  occupy(a, 1);
  Thread& waiter = thread(a);
  ASSERT_FALSE(pool().request(waiter.lease, grants.completion(1)));
  thread(a).connect();
  pool().closed(threads[0].lease);  // between the request and the suspend
  EXPECT_EQ(grants.to, Granted{1});
  pool().suspended(waiter.lease);
  EXPECT_TRUE(waiter.lease.holds_slot());
  EXPECT_EQ(grants.to, Granted{1});
}

TEST_F(SlotPool, UnusedGrantedSlotIsReturnedWhenThreadSuspends) {
  limit(1, 1);
  occupy(a, 1);
  Thread& waiter = thread(a);
  waiter.connect();
  thread(a).connect();
  pool().closed(threads[0].lease);
  pool().resumed(waiter.lease);
  pool().suspended(waiter.lease);
  EXPECT_EQ(grants.to, (Granted{1, 2}));
}

TEST_F(SlotPool, WithdrawnRequestIsNotGrantedAndMayBeRepeated) {
  limit(1, 1);
  occupy(a, 1);
  for (int i = 0; i < 2; ++i) thread(a).connect();
  pool().withdraw(threads[1].lease);
  EXPECT_EQ(pool().waiting(), 1u);
  EXPECT_FALSE(threads[1].lease.waiting());
  pool().resumed(threads[1].lease);
  EXPECT_FALSE(threads[1].connect());
  pool().closed(threads[0].lease);
  EXPECT_EQ(grants.to, Granted{2}) << "its place was gone";
}

TEST_F(SlotPool, HostWithoutWaitersLosesTurn) {
  limit(1, 1);
  occupy(a, 1);
  thread(b).connect();
  thread(c).connect();
  pool().withdraw(threads[1].lease);
  pool().closed(threads[0].lease);
  EXPECT_EQ(grants.to, Granted{2});
}

TEST_F(SlotPool, WithdrawAfterGrantReturnsSlot) {
  limit(1, 1);
  occupy(a, 1);
  for (int i = 0; i < 2; ++i) thread(a).connect();
  pool().closed(threads[0].lease);
  pool().withdraw(threads[1].lease);  // its timeout expired before it was resumed
  EXPECT_EQ(grants.to, (Granted{1, 2}));
  EXPECT_FALSE(threads[1].lease.holds_slot());
}

TEST_F(SlotPool, WithdrawWithoutRequestChangesNothing) {
  limit(1, 1);
  Thread& holder = thread(a);
  pool().withdraw(holder.lease);
  holder.connect();
  pool().withdraw(holder.lease);
  EXPECT_TRUE(holder.lease.holds_slot());
  EXPECT_EQ(pool().waiting(), 0u);
}

TEST_F(SlotPool, SlotOfEndedThreadIsReturnedDespiteOpenSockets) {
  limit(1, 1);
  Thread& holder = thread(a);
  holder.connect();
  holder.connect();
  thread(a).connect();
  pool().ended(holder.lease);
  EXPECT_EQ(grants.to, Granted{1});
  pool().closed(holder.lease);  // its sockets close later
  pool().closed(holder.lease);
  EXPECT_EQ(pool().held(), 1u);
}

TEST_F(SlotPool, EndedWaiterIsNotGranted) {
  limit(1, 1);
  occupy(a, 1);
  for (int i = 0; i < 2; ++i) thread(a).connect();
  pool().ended(threads[1].lease);
  pool().closed(threads[0].lease);
  EXPECT_EQ(grants.to, Granted{2});
}

TEST_F(SlotPool, ThreadEndedAfterGrantReturnsSlot) {
  limit(1, 1);
  occupy(a, 1);
  for (int i = 0; i < 2; ++i) thread(a).connect();
  pool().closed(threads[0].lease);
  pool().ended(threads[1].lease);
  EXPECT_EQ(grants.to, (Granted{1, 2}));
}

TEST_F(SlotPool, SecondEndedReturnsNoSlot) {
  limit(2, 2);
  occupy(a, 2);
  pool().ended(threads[0].lease);
  pool().ended(threads[0].lease);
  EXPECT_EQ(pool().held(), 1u);
  EXPECT_EQ(a.held(), 1u);
}

TEST_F(SlotPool, DestroyedLeaseReturnsSlotOrWithdrawsRequest) {
  limit(1, 1);
  std::optional<Lease> holder(std::in_place, pool(), a);
  ASSERT_TRUE(pool().request(*holder, {}));
  pool().opened(*holder);
  std::optional<Lease> gone(std::in_place, pool(), a);
  ASSERT_FALSE(pool().request(*gone, grants.completion(7)));
  Thread& waiter = thread(a);
  waiter.connect();
  gone.reset();
  EXPECT_EQ(pool().waiting(), 1u);
  holder.reset();
  EXPECT_EQ(grants.to, Granted{0});
  EXPECT_EQ(pool().held(), 1u);
}

TEST_F(SlotPool, DestroyedIdleLeaseChangesNothing) {
  limit(1, 1);
  { Lease lease(pool(), a); }
  EXPECT_EQ(pool().held(), 0u);
}

#ifndef NDEBUG
TEST_F(SlotPool, PoolDestroyedBeforeLeaseAsserts) {
  EXPECT_DEATH(
      {
        HostSlotQueue line;
        std::optional<core::SlotPool> pool(std::in_place, core::SlotPool::Limits{1, 1});
        Lease lease(*pool, line);
        (void)pool->request(lease, {});
        pool.reset();
      },
      "outlived the slot pool");
}
#endif

}  // namespace
}  // namespace sluice::core
