// SPDX-License-Identifier: Apache-2.0
#include "journal/commit_times.hpp"

#include <gtest/gtest.h>

namespace sluice::journal {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint{} + 1h;

TEST(CommitTimes, NothingIsDueWithoutEvents) {
  CommitTimes times;
  EXPECT_EQ(times.due(), kNever);
  times.note_event(kStart, true);
  times.note_commit(kStart);
  EXPECT_EQ(times.due(), kNever);
}
TEST(CommitTimes, AnEventIsCommittedAfter200Milliseconds) {
  CommitTimes times;
  times.note_event(kStart, false);
  times.note_event(kStart + 50ms, false);
  EXPECT_EQ(times.due(), kStart + 200ms);
}
TEST(CommitTimes, TheEndOfAHostIsCommitted20MillisecondsAfterTheLastCommit) {
  CommitTimes times;
  times.note_event(kStart, true);
  EXPECT_EQ(times.due(), kStart);
  times.note_commit(kStart);
  times.note_event(kStart + 5ms, false);
  times.note_event(kStart + 6ms, true);
  EXPECT_EQ(times.due(), kStart + 20ms);
}
TEST(CommitTimes, FiveHundredAndTwelveEventsAreCommittedAtOnce) {
  CommitTimes times;
  for (std::size_t count = 0; count < CommitTimes::kRows; ++count) {
    EXPECT_EQ(times.due(), count == 0 ? kNever : kStart + 200ms);
    times.note_event(kStart, false);
  }
  EXPECT_EQ(times.due(), kStart);
}

}  // namespace
}  // namespace sluice::journal
