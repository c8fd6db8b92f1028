// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine_fixture.hpp"

namespace sluice::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct TargetQueueFeed : EngineTest {
  TargetQueueFeed() {
    options.targets.clear();
    options.target_queue = std::make_shared<TargetQueue>(4);
  }
  TargetQueue& queue() { return *options.target_queue; }
  std::vector<std::string> finished() {
    std::vector<std::string> addresses;
    for (const auto& host : recorder.all<event::HostFinished>()) addresses.push_back(host.report->address.text());
    std::ranges::sort(addresses);
    return addresses;
  }
};

TEST_F(TargetQueueFeed, TargetsThatAreAddedDuringTheRunAreScanned) {
  recorder.react = [this](const Event& event) {
    if (std::holds_alternative<event::RunStarted>(event.what)) {
      EXPECT_TRUE(queue().try_push("127.0.0.1"));
    } else if (const auto* host = std::get_if<event::HostFinished>(&event.what)) {
      if (host->report->address.text() == "127.0.0.1") {
        EXPECT_TRUE(queue().try_push("127.0.0.2/31"));
      } else {
        queue().close();
      }
    }
  };
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(finished(), ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.3"));
}

TEST_F(TargetQueueFeed, FullQueueBlocksPushUntilTheEngineTakesATarget) {
  constexpr int kTargets = 2000;
  options.max_hostgroup = 2;
  std::size_t most = 0;
  std::jthread feeder([&] {
    for (int number = 0; number < kTargets; ++number) {
      EXPECT_TRUE(queue().push("127.0." + std::to_string(number / 250) + '.' + std::to_string(number % 250 + 1)));
      most = std::max(most, queue().size());
    }
    queue().close();
  });
  EXPECT_EQ(run(), End::Finished);
  feeder.join();
  EXPECT_THAT(finished(), SizeIs(kTargets));
  EXPECT_LE(most, 4u);
}

TEST_F(TargetQueueFeed, FullQueueRefusesTryPush) {
  for (int number = 0; number < 4; ++number) EXPECT_TRUE(queue().try_push("127.0.0.1"));
  EXPECT_FALSE(queue().try_push("127.0.0.1"));
  EXPECT_EQ(queue().size(), 4u);
}

TEST_F(TargetQueueFeed, ClosedQueueRefusesTargets) {
  queue().close();
  EXPECT_FALSE(queue().push("127.0.0.1"));
  EXPECT_FALSE(queue().try_push("127.0.0.1"));
  EXPECT_TRUE(queue().closed());
}

TEST_F(TargetQueueFeed, EndOfTheRunEndsABlockedPush) {
  recorder.react = [this](const Event& event) {
    if (std::holds_alternative<event::HostFinished>(event.what)) engine->stop();
  };
  std::jthread feeder([&] {
    while (queue().push("127.0.0.1")) {
    }
  });
  EXPECT_EQ(run(), End::Stopped);
  feeder.join();
  EXPECT_TRUE(queue().closed());
}

TEST_F(TargetQueueFeed, UnparsableTargetIsSkipped) {
  ASSERT_TRUE(queue().try_push("127.0.0.1/99"));
  ASSERT_TRUE(queue().try_push("127.0.0.1"));
  queue().close();
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(finished(), ElementsAre("127.0.0.1"));
  EXPECT_THAT(recorder.one<event::TargetSkipped>().reason, HasSubstr("127.0.0.1/99"));
}

TEST_F(TargetQueueFeed, SecondEngineOfAQueueIsRefused) {
  ASSERT_EQ(create(), "");
  const auto second = Engine::create(options, recorder);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("target_queue: another engine"));
  EXPECT_EQ(second.error().code, ErrorCode::InvalidOption);
}

TEST_F(TargetQueueFeed, QueueAddsToTheOtherTargets) {
  options.targets = {"127.0.0.9"};
  ASSERT_TRUE(queue().try_push("127.0.0.1"));
  queue().close();
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(finished(), ElementsAre("127.0.0.1", "127.0.0.9"));
}

}  // namespace
}  // namespace sluice::engine
