// SPDX-License-Identifier: Apache-2.0
#include "engine/slot_reclaimer.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "support/manual_clock.hpp"

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;

struct IgnoredGrants final : core::Completions {
  void complete(core::Ticket, core::Reply) override {}
};

/// One slot, which `holder` has and `waiter` requests.
struct SlotReclaimer : testing::Test {
  ManualClock clock;
  IgnoredGrants ignored;
  core::SlotPool slots{{.total = 1, .per_host = 1}};
  core::HostSlotQueue line;
  core::Lease one{slots, line}, other{slots, line};
  core::Lease *holder = &one, *waiter = &other;
  engine::SlotReclaimer collector{slots, clock};
  int steps = 0, steps_of_cycle = 1000;

  void SetUp() override { EXPECT_TRUE(slots.request(*holder, {})); }
  void wait_for_slot() { EXPECT_FALSE(slots.request(*waiter, {&ignored, {}})); }
  TimePoint work() {
    return collector.work([this] {
      clock.advance(100us);
      return ++steps % steps_of_cycle == 0;
    });
  }
  /// Advances the clock to the time that work() returns. Returns the length of this pause.
  Duration sleep() {
    const TimePoint until = work();
    const Duration pause = until - clock.now();
    clock.advance(pause);
    return pause;
  }
};

TEST_F(SlotReclaimer, NoStepRunsWithoutWaiter) {
  EXPECT_EQ(work(), kNever);
  EXPECT_EQ(steps, 0);
}

TEST_F(SlotReclaimer, NoStepRunsWhileSlotsAreGranted) {
  for (int turn = 0; turn < 10; ++turn) {
    wait_for_slot();
    EXPECT_EQ(work(), clock.now() + engine::SlotReclaimer::kPatience);
    clock.advance(engine::SlotReclaimer::kPatience - 1ms);
    slots.ended(*holder);
    std::swap(holder, waiter);
  }
  EXPECT_EQ(steps, 0);
}

TEST_F(SlotReclaimer, CycleRunsInShortTurnsWithPauses) {
  wait_for_slot();
  EXPECT_EQ(sleep(), engine::SlotReclaimer::kPatience);
  EXPECT_EQ(sleep(), engine::SlotReclaimer::kBetween);
  EXPECT_EQ(steps, 5);
  EXPECT_EQ(sleep(), engine::SlotReclaimer::kBetween);
  EXPECT_EQ(steps, 10);
}

TEST_F(SlotReclaimer, PauseDoublesUpToMaximumIfCyclesFreeNoSlot) {
  steps_of_cycle = 1;
  wait_for_slot();
  sleep();
  EXPECT_EQ(sleep(), 1s);
  EXPECT_EQ(sleep(), 2s);
  EXPECT_EQ(sleep(), 4s);
  for (int cycle = 0; cycle < 10; ++cycle) sleep();
  EXPECT_EQ(sleep(), engine::SlotReclaimer::kMaxRest);
}

}  // namespace
}  // namespace sluice::engine
