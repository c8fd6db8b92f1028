// SPDX-License-Identifier: Apache-2.0
#include "core/deadlines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <vector>

namespace sluice::core {
namespace {

using namespace std::chrono_literals;
using Cookies = std::vector<std::uint64_t>;

TimePoint at(Duration since_start) { return TimePoint{} + since_start; }

/// Records the cookies of expired deadlines, then calls `then` if it is set.
class Recorder : public Expirable {
 public:
  void expired(std::uint64_t cookie) override {
    fired.push_back(cookie);
    if (then) then(cookie);
  }
  Cookies fired;
  std::function<void(std::uint64_t)> then;
};

TEST(Deadlines, EmptySetHasNoNextAndExpiresNothing) {
  Deadlines deadlines;
  EXPECT_EQ(deadlines.next(), std::nullopt);
  EXPECT_EQ(deadlines.expire(at(1h)), 0u);
}

TEST(Deadlines, DeadlinesExpireInOrderOfTime) {
  Deadlines deadlines;
  Recorder recorder;
  for (std::uint64_t second : {3, 1, 2}) deadlines.arm(at(std::chrono::seconds(second)), recorder, second);
  EXPECT_EQ(deadlines.next(), at(1s));
  EXPECT_EQ(deadlines.expire(at(10s)), 3u);
  EXPECT_EQ(recorder.fired, (Cookies{1, 2, 3}));
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST(Deadlines, EqualDeadlinesExpireInOrderOfArming) {
  Deadlines deadlines;
  Recorder recorder;
  for (std::uint64_t cookie = 0; cookie < 50; ++cookie) deadlines.arm(at(1s), recorder, cookie);
  deadlines.expire(at(1s));
  ASSERT_EQ(recorder.fired.size(), 50u);
  EXPECT_TRUE(std::is_sorted(recorder.fired.begin(), recorder.fired.end()));
}

TEST(Deadlines, DeadlineExpiresOnceAndNotEarly) {
  Deadlines deadlines;
  Recorder recorder;
  deadlines.arm(at(1s), recorder);
  EXPECT_EQ(deadlines.expire(at(1s) - Duration(1)), 0u);
  EXPECT_EQ(deadlines.expire(at(1s)), 1u);
  EXPECT_EQ(deadlines.expire(at(1s)), 0u) << "once";
}

TEST(Deadlines, DeadlineRearmedLaterExpiresAtNewTimeOnly) {
  Deadlines deadlines;
  Recorder recorder;
  const auto id = deadlines.arm(at(1s), recorder, 7);
  deadlines.rearm(id, at(5s));
  ASSERT_TRUE(deadlines.next());
  EXPECT_LE(*deadlines.next(), at(5s));
  EXPECT_EQ(deadlines.expire(at(4s)), 0u);
  EXPECT_EQ(deadlines.next(), at(5s)) << "once it has come up early, its time is exact";
  EXPECT_EQ(deadlines.expire(at(5s)), 1u);
  EXPECT_EQ(recorder.fired, Cookies{7});
}

TEST(Deadlines, DeadlineRearmedEarlierExpiresAtNewTimeOnly) {
  Deadlines deadlines;
  Recorder recorder;
  deadlines.arm(at(2s), recorder, 1);
  const auto id = deadlines.arm(at(9s), recorder, 2);
  deadlines.rearm(id, at(1s));
  EXPECT_EQ(deadlines.next(), at(1s));
  EXPECT_EQ(deadlines.expire(at(1s)), 1u);
  EXPECT_EQ(recorder.fired, Cookies{2});
  EXPECT_EQ(deadlines.expire(at(10s)), 1u) << "and not at its old time again";
}

TEST(Deadlines, RearmToEqualTimeQueuesBehindDeadlinesArmedSince) {
  Deadlines deadlines;
  Recorder recorder;
  const auto first = deadlines.arm(at(1s), recorder, 1);
  deadlines.arm(at(1s), recorder, 2);
  deadlines.rearm(first, at(1s));
  deadlines.expire(at(1s));
  EXPECT_EQ(recorder.fired, (Cookies{2, 1}));
}

TEST(Deadlines, RearmLaterKeepsOrderOfArmingAtNewTime) {
  Deadlines deadlines;
  Recorder recorder;
  deadlines.arm(at(5s), recorder, 1);
  const auto moved = deadlines.arm(at(1s), recorder, 2);
  deadlines.rearm(moved, at(5s));
  deadlines.arm(at(5s), recorder, 3);
  deadlines.expire(at(5s));
  EXPECT_EQ(recorder.fired, (Cookies{1, 2, 3}));
}

TEST(Deadlines, CancelledDeadlineNeverExpires) {
  Deadlines deadlines;
  Recorder recorder;
  const auto first = deadlines.arm(at(1s), recorder, 1);
  deadlines.arm(at(2s), recorder, 2);
  deadlines.cancel(first);
  EXPECT_EQ(deadlines.next(), at(2s));
  EXPECT_EQ(deadlines.size(), 1u);
  deadlines.expire(at(3s));
  EXPECT_EQ(recorder.fired, Cookies{2});
}

TEST(Deadlines, StaleIdRearmsAndCancelsNothing) {
  Deadlines deadlines;
  Recorder recorder;
  const auto old = deadlines.arm(at(1s), recorder, 1);
  deadlines.cancel(old);
  const auto young = deadlines.arm(at(2s), recorder, 2);  // reuses the place of `old`
  deadlines.cancel(old);
  deadlines.rearm(old, at(9s));
  deadlines.cancel({});
  deadlines.rearm({}, at(9s));
  EXPECT_EQ(deadlines.next(), at(2s));
  EXPECT_EQ(deadlines.expire(at(2s)), 1u);
  deadlines.rearm(young, at(3s));
  EXPECT_EQ(deadlines.next(), std::nullopt) << "a deadline that has fired is gone";
}

TEST(Deadlines, DeadlineAtNeverDoesNotExpireButCanBeRearmed) {
  Deadlines deadlines;
  Recorder recorder;
  const auto id = deadlines.arm(kNever, recorder, 1);
  EXPECT_EQ(deadlines.next(), std::nullopt);
  EXPECT_EQ(deadlines.expire(kNever), 0u);
  EXPECT_EQ(deadlines.size(), 1u);
  deadlines.rearm(id, at(1s));
  EXPECT_EQ(deadlines.next(), at(1s));
  deadlines.rearm(id, kNever);
  EXPECT_EQ(deadlines.expire(at(10s)), 0u);
  EXPECT_EQ(deadlines.next(), std::nullopt);
  deadlines.rearm(id, at(11s));
  EXPECT_EQ(deadlines.expire(at(11s)), 1u);
}

TEST(Deadlines, CallbackMayCancelDeadlineDueInSameCall) {
  Deadlines deadlines;
  Recorder recorder;
  deadlines.arm(at(1s), recorder, 1);
  const auto second = deadlines.arm(at(1s), recorder, 2);
  deadlines.arm(at(1s), recorder, 3);
  recorder.then = [&](std::uint64_t cookie) {
    if (cookie == 1) deadlines.cancel(second);
  };
  EXPECT_EQ(deadlines.expire(at(1s)), 2u);
  EXPECT_EQ(recorder.fired, (Cookies{1, 3}));
}

TEST(Deadlines, CallbackCannotCancelOrRearmExpiredDeadline) {
  Deadlines deadlines;
  Recorder recorder;
  Deadlines::Id id = deadlines.arm(at(1s), recorder, 1);
  recorder.then = [&](std::uint64_t) {
    EXPECT_EQ(deadlines.size(), 0u);
    deadlines.cancel(id);
    deadlines.rearm(id, at(2s));
  };
  EXPECT_EQ(deadlines.expire(at(5s)), 1u);
  EXPECT_EQ(deadlines.next(), std::nullopt);
}

TEST(Deadlines, DueDeadlineArmedInCallbackExpiresInSameCall) {
  Deadlines deadlines;
  Recorder recorder;
  deadlines.arm(at(1s), recorder, 1);
  deadlines.arm(at(3s), recorder, 3);
  recorder.then = [&](std::uint64_t cookie) {
    if (cookie != 1) return;
    deadlines.arm(at(2s), recorder, 2);
    deadlines.arm(at(3s), recorder, 4);
    deadlines.arm(at(6s), recorder, 6);
  };
  EXPECT_EQ(deadlines.expire(at(5s)), 4u);
  EXPECT_EQ(recorder.fired, (Cookies{1, 2, 3, 4}));
  EXPECT_EQ(deadlines.next(), at(6s));
}

TEST(Deadlines, CallbackMayRearmOtherDeadlines) {
  Deadlines deadlines;
  Recorder recorder;
  deadlines.arm(at(1s), recorder, 1);
  const auto due = deadlines.arm(at(2s), recorder, 2);
  const auto far = deadlines.arm(at(9s), recorder, 3);
  recorder.then = [&](std::uint64_t cookie) {
    if (cookie != 1) return;
    deadlines.rearm(due, at(8s));
    deadlines.rearm(far, at(2s));
  };
  EXPECT_EQ(deadlines.expire(at(2s)), 2u);
  EXPECT_EQ(recorder.fired, (Cookies{1, 3}));
}

TEST(Deadlines, HundredThousandRearmedDeadlinesExpireInOrder) {
  Deadlines deadlines;
  Recorder recorder;
  std::mt19937 random(1);
  std::vector<std::pair<TimePoint, std::uint64_t>> expected;
  std::vector<Deadlines::Id> ids;
  for (std::uint64_t i = 0; i < 100'000; ++i) ids.push_back(deadlines.arm(at(1s), recorder, i));
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const TimePoint due = at(std::chrono::milliseconds(random() % 5000));  // many earlier, most later, many ties
    deadlines.rearm(ids[i], due);
    expected.emplace_back(due, i);
  }
  std::sort(expected.begin(), expected.end());  // equal times: in the order of rearming
  EXPECT_EQ(deadlines.expire(at(5s)), 100'000u);
  ASSERT_EQ(recorder.fired.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(recorder.fired[i], expected[i].second) << i;
}

// Compares random calls of arm, rearm and cancel with a sorted map. next() is never later than the earliest deadline.
class DeadlinesModel : public ::testing::TestWithParam<unsigned> {};

TEST_P(DeadlinesModel, DeadlinesExpireInOrderOfSortedMap) {
  std::mt19937 random(GetParam());
  Deadlines deadlines;
  Recorder recorder;
  struct Known {
    Deadlines::Id id;
    TimePoint due;
    std::uint64_t order;
  };
  std::map<std::uint64_t, Known> alive;  // by cookie
  std::uint64_t order = 0, cookies = 0;
  TimePoint now{};
  const auto some_time = [&] {
    return random() % 16 == 0 ? kNever : now + std::chrono::milliseconds(static_cast<int>(random() % 60) - 5);
  };
  const auto any = [&] { return std::next(alive.begin(), static_cast<std::ptrdiff_t>(random() % alive.size())); };
  for (int step = 0; step < 5000; ++step) {
    const unsigned what = random() % 8;
    if (what < 3 || alive.empty()) {
      const TimePoint due = some_time();
      alive[cookies] = {deadlines.arm(due, recorder, cookies), due, order++};
      ++cookies;
    } else if (what < 6) {
      Known& known = any()->second;
      known = {known.id, some_time(), order++};
      deadlines.rearm(known.id, known.due);
    } else if (what < 7) {
      const auto gone = any();
      deadlines.cancel(gone->second.id);
      alive.erase(gone);
    } else {
      now += std::chrono::milliseconds(random() % 10);
      std::map<std::pair<TimePoint, std::uint64_t>, std::uint64_t> due;
      for (const auto& [cookie, known] : alive)
        if (known.due <= now) due[{known.due, known.order}] = cookie;
      Cookies expected;
      for (const auto& [when, cookie] : due) {
        expected.push_back(cookie);
        alive.erase(cookie);
      }
      recorder.fired.clear();
      ASSERT_EQ(deadlines.expire(now), expected.size());
      ASSERT_EQ(recorder.fired, expected) << "step " << step;
    }
    ASSERT_EQ(deadlines.size(), alive.size());
    TimePoint earliest = kNever;
    for (const auto& [cookie, known] : alive) earliest = std::min(earliest, known.due);
    ASSERT_LE(deadlines.next().value_or(kNever), earliest) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DeadlinesModel, ::testing::Range(1u, 9u));

}  // namespace
}  // namespace sluice::core
