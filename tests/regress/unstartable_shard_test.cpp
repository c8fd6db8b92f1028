// SPDX-License-Identifier: Apache-2.0
// A shard for which the system had no thread counted as one that works: its hosts were never processed, and neither the
// end of the others nor stop() ended the run. If the first shard could not be started, the destructor of the run used
// its missing timers.

#include <gmock/gmock.h>

#include <system_error>

#include "engine/driver.hpp"
#include "engine/run.hpp"
#include "library/engine_fixture.hpp"
#include "library/native_platform.hpp"

namespace sluice::engine {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

/// A driver for which the system has no thread.
class NoThreads final : public Driver {
 public:
  void start(Shard&) override { throw std::system_error(EAGAIN, std::generic_category(), "no thread"); }
  void join() override {}
};

class PlatformWithoutThreads final : public library::NativePlatform {
 public:
  using NativePlatform::NativePlatform;
  std::unique_ptr<Driver> make_driver() override { return std::make_unique<NoThreads>(); }
};

class PlatformWithoutLoops final : public library::NativePlatform {
 public:
  using NativePlatform::NativePlatform;
  std::unique_ptr<net::EventLoop> make_event_loop() override {
    throw std::system_error(EMFILE, std::generic_category(), "no loop");
  }
};

struct UnstartableShard : EngineTest {};

TEST_F(UnstartableShard, RefusesTheRunIfItIsTheFirstOne) {
  options.targets = {"127.0.0.1"};
  const auto made = create_run(options, recorder, std::make_shared<PlatformWithoutLoops>(Platform::Policy{}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::ResourceShortage);
  EXPECT_THAT(made.error().message, HasSubstr("no loop"));
}

TEST_F(UnstartableShard, LeavesItsHostsToOtherShards) {
  options.workers = 3;
  options.targets = {"127.0.0.1-64"};
  auto made = create_run(options, recorder, std::make_shared<PlatformWithoutThreads>(Platform::Policy{}));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)->run(), Engine::End::Finished);
  EXPECT_THAT(recorder.all<event::HostFinished>(), SizeIs(64));
  EXPECT_THAT(recorder.log(), HasSubstr("no thread"));
}

}  // namespace
}  // namespace sluice::engine
