// SPDX-License-Identifier: Apache-2.0
#include "scan/probe_queue.hpp"

#include <gtest/gtest.h>

namespace sluice::scan {
namespace {

TEST(ProbeQueue, PopReturnsEachPortOnceInOrder) {
  ProbeQueue queue(3, 10);
  for (const std::uint32_t port : {0u, 1u, 2u}) EXPECT_EQ(queue.pop().port, port);
  EXPECT_TRUE(queue.empty());
}

TEST(ProbeQueue, UnsentAttemptIsQueuedUnchangedBehindOthers) {
  ProbeQueue queue(2, 10);
  queue.unsent(queue.pop());
  EXPECT_FALSE(queue.silent(queue.pop()));
  EXPECT_TRUE(queue.next_is_retry());
  const Attempt second = queue.pop();
  EXPECT_EQ(second.port, 1u);
  queue.unsent(second);
  EXPECT_FALSE(queue.next_is_retry());
  const Attempt first = queue.pop();
  EXPECT_EQ(first.port, 0u);
  EXPECT_EQ(first.retry, 0u);
  EXPECT_TRUE(queue.next_is_retry());
  EXPECT_EQ(queue.pop().retry, 1u);
  EXPECT_TRUE(queue.empty());
}

TEST(ProbeQueue, SilentPortIsGivenUpAfterOneRetransmission) {
  ProbeQueue queue(1, 10);
  EXPECT_FALSE(queue.silent(queue.pop()));
  const Attempt second = queue.pop();
  EXPECT_EQ(second.retry, 1u);
  EXPECT_TRUE(queue.silent(second));
  EXPECT_TRUE(queue.empty());
}

TEST(ProbeQueue, AnsweredRetransmissionRequeuesGivenUpPorts) {
  ProbeQueue queue(2, 10);
  const Attempt a = queue.pop(), b = queue.pop();
  EXPECT_FALSE(queue.silent(a));
  EXPECT_TRUE(queue.silent(queue.pop()));
  EXPECT_FALSE(queue.silent(b));
  queue.answered(queue.pop());
  ASSERT_FALSE(queue.empty());
  const Attempt again = queue.pop();
  EXPECT_EQ(again.port, a.port);
  EXPECT_EQ(again.retry, 2u);
  EXPECT_FALSE(queue.silent(again));
  EXPECT_TRUE(queue.silent(queue.pop())) << "two more than the one that was answered";
}

TEST(ProbeQueue, RequeuedPortIsDoneWhenAnswered) {
  ProbeQueue queue(3, 10);
  const Attempt a = queue.pop(), b = queue.pop(), c = queue.pop();
  for (const Attempt& attempt : {a, b, c}) EXPECT_FALSE(queue.silent(attempt));
  EXPECT_TRUE(queue.silent(queue.pop()));
  queue.answered(queue.pop());  // the answer of b requeues a
  const Attempt waiting = queue.pop();
  queue.answered(queue.pop());  // the second retransmission of a
  EXPECT_TRUE(queue.empty());
  queue.answered(waiting);
  EXPECT_TRUE(queue.empty());
}

TEST(ProbeQueue, AnsweredFirstAttemptAllowsNoMoreRetransmissions) {
  ProbeQueue queue(2, 10);
  queue.answered(queue.pop());
  EXPECT_FALSE(queue.silent(queue.pop()));
  EXPECT_TRUE(queue.silent(queue.pop()));
}

TEST(ProbeQueue, RetransmissionsStayWithinMaximum) {
  ProbeQueue never(1, 0);
  EXPECT_TRUE(never.silent(never.pop()));

  ProbeQueue queue(2, 2);
  const Attempt a = queue.pop(), b = queue.pop();
  for (const Attempt& attempt : {a, b}) EXPECT_FALSE(queue.silent(attempt));
  queue.answered(queue.pop());
  EXPECT_FALSE(queue.silent(queue.pop()));
  EXPECT_TRUE(queue.silent(queue.pop())) << "three would be allowed, but two are the maximum";
  EXPECT_TRUE(queue.empty());
}

TEST(ProbeQueue, RetransmissionsAlternateWithNewPorts) {
  ProbeQueue queue(4, 10);
  const Attempt a = queue.pop(), b = queue.pop();
  EXPECT_FALSE(queue.silent(a));
  EXPECT_FALSE(queue.silent(b));
  EXPECT_TRUE(queue.next_is_retry());
  std::vector<unsigned> retries;
  while (!queue.empty()) {
    const bool expected = queue.next_is_retry();
    retries.push_back(queue.pop().retry);
    EXPECT_EQ(expected, retries.back() > 0);
  }
  EXPECT_EQ(retries, (std::vector<unsigned>{1, 0, 1, 0}));
}

}  // namespace
}  // namespace sluice::scan
