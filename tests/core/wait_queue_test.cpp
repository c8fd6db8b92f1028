// SPDX-License-Identifier: Apache-2.0
#include "core/wait_queue.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace sluice::core {
namespace {

Ticket ticket(std::uint32_t number) { return {ThreadId{number, 0}, 1}; }

TEST(WaitQueue, PopOldestReturnsWaiterPushedFirst) {
  WaitQueue queue;
  EXPECT_TRUE(queue.empty());
  Waiter a(ticket(1)), b(ticket(2)), c(ticket(3));
  for (Waiter* waiter : {&a, &b, &c}) queue.push(*waiter);
  EXPECT_EQ(queue.pop_oldest(), &a);
  EXPECT_EQ(queue.pop_oldest(), &b);
  EXPECT_EQ(queue.pop_oldest()->ticket(), ticket(3));
  EXPECT_EQ(queue.pop_oldest(), nullptr);
  EXPECT_TRUE(queue.empty());
}

TEST(WaitQueue, PopNewestReturnsWaiterPushedLast) {
  WaitQueue queue;
  Waiter a(ticket(1)), b(ticket(2));
  queue.push(a);
  queue.push(b);
  EXPECT_EQ(queue.pop_newest(), &b);
  EXPECT_FALSE(b.queued());
  EXPECT_TRUE(a.queued());
  EXPECT_EQ(queue.pop_newest(), &a);
  EXPECT_EQ(queue.pop_newest(), nullptr);
}

TEST(WaitQueue, DestroyedWaiterIsNeverPopped) {
  WaitQueue queue;
  Waiter a(ticket(1)), c(ticket(3));
  std::optional<Waiter> b(std::in_place, ticket(2));
  queue.push(a);
  queue.push(*b);
  queue.push(c);
  b.reset();
  EXPECT_EQ(queue.pop_oldest(), &a);
  EXPECT_EQ(queue.pop_oldest(), &c);
  EXPECT_TRUE(queue.empty());
}

TEST(WaitQueue, WaiterMayLeaveAndBePushedAgain) {
  WaitQueue queue;
  Waiter a(ticket(1)), b(ticket(2));
  queue.push(a);
  queue.push(b);
  a.leave();
  a.leave();
  EXPECT_FALSE(a.queued());
  queue.push(a);
  EXPECT_EQ(queue.pop_oldest(), &b);
  EXPECT_EQ(queue.pop_oldest(), &a);
}

TEST(WaitQueue, DestroyedQueueUnlinksWaiters) {
  Waiter a(ticket(1));
  {
    WaitQueue queue;
    queue.push(a);
    EXPECT_TRUE(a.queued());
  }
  EXPECT_FALSE(a.queued());
}

}  // namespace
}  // namespace sluice::core
