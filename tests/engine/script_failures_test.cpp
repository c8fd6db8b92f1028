// SPDX-License-Identifier: Apache-2.0
#include "engine/script_failures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

event::ScriptFinished failed(std::string id, std::string message, std::string traceback = "") {
  event::ScriptFinished ended;
  ended.id = std::move(id);
  ended.place.address = Address::parse("192.0.2.1");
  ended.place.port = 80;
  ended.outcome = event::Outcome::Failed;
  ended.message = std::move(message);
  ended.traceback = std::move(traceback);
  return ended;
}

TEST(ScriptFailures, WarningHasCountAndFirstErrorPerScript) {
  ScriptFailures failures;
  failures.add(failed("zeta", "/z.nse:3: bad"));
  failures.add(failed("alpha", "/a.nse:1: first\nsecond line"));
  failures.add(failed("alpha", "/a.nse:2: second"));
  EXPECT_THAT(failures.warnings(),
              ElementsAre("script alpha failed 2 times, first against 192.0.2.1:80: /a.nse:1: first",
                          "script zeta failed against 192.0.2.1:80: /z.nse:3: bad"));
}

TEST(ScriptFailures, ErrorWithoutPositionGetsPositionFromTraceback) {
  ScriptFailures failures;
  failures.add(failed("a", "time is 10:30", "stack traceback:\n\t[C]: in function 'error'\n\t/a.nse:7: in local 'f'"));
  EXPECT_THAT(failures.warnings(), ElementsAre("script a failed against 192.0.2.1:80: time is 10:30 (/a.nse:7)"));
}

TEST(ScriptFailures, ResultsTimeoutsAndStoppedScriptsAreNoFailures) {
  ScriptFailures failures;
  for (const event::Outcome outcome :
       {event::Outcome::Result, event::Outcome::Silent, event::Outcome::TimedOut, event::Outcome::Killed}) {
    event::ScriptFinished ended = failed("a", "computed after a stop request");
    ended.outcome = outcome;
    failures.add(ended);
  }
  EXPECT_THAT(failures.warnings(), IsEmpty());
}

TEST(ScriptFailures, KillForCpuBudgetCountsAsFailureAndAsStopped) {
  ScriptFailures failures;
  event::ScriptFinished ended = failed("a", "computed for 60 s without waiting (--script-burst) at /a.nse:2");
  ended.outcome = event::Outcome::Killed;
  ended.cause = event::KillCause::CpuBudget;
  failures.add(ended);
  EXPECT_EQ(failures.stopped(), 1u);
  EXPECT_EQ(failures.warnings().size(), 1u);
}

TEST(ScriptFailures, LongMessageIsTruncated) {
  ScriptFailures failures;
  failures.add(failed("a", "/a.nse:1: " + std::string(100'000, 'x')));
  EXPECT_LT(failures.warnings().front().size(), 300u);
}

}  // namespace
}  // namespace sluice::engine
