// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "engine_fixture.hpp"

// An engine in the loop of its caller, and observers that throw.

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Clock = std::chrono::steady_clock;

struct Step : EngineTest {
  std::size_t waits = 0;

  /// Waits as a caller's loop does. Returns false if nothing happens for a long time.
  bool wait() {
    const auto now = Clock::now();
    const auto until = std::min(engine->next_deadline(), now + 60s);
    if (until <= now) return true;
    ++waits;
    pollfd loop{engine->poll_fd(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    return ::poll(&loop, 1, static_cast<int>(left.count())) > 0 || left < 60s;
  }
  End step_to_end() {
    EXPECT_EQ(create(), "");
    for (;;) {
      if (const auto end = engine->step()) return *end;
      if (!wait()) break;
    }
    ADD_FAILURE() << "the run hangs";
    return End::Failed;
  }
  std::vector<std::string> outputs() {
    std::vector<std::string> texts;
    for (const auto& finished : recorder.all<event::HostFinished>())
      for (const ScriptResult& result : finished.report->scripts) texts.push_back(result.output);
    return texts;
  }
};

TEST_F(Step, CallerLoopRunsToEnd) {
  script("sleeps", R"(hostrule = function() return true end
    action = function(host) require'stdnse'.sleep(0.05) return host.ip end)");
  options.targets = {"127.0.0.1-3"};
  EXPECT_EQ(step_to_end(), End::Finished);
  EXPECT_THAT(outputs(), testing::UnorderedElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.3"));
  EXPECT_GT(waits, 0u);
  EXPECT_TRUE(std::holds_alternative<event::RunFinished>(recorder.events.back().what));
}

TEST_F(Step, CallerLoopWithWorkerThreadsRunsToEnd) {
  options.workers = 3;
  options.targets = {"127.0.0.1-64"};
  EXPECT_EQ(step_to_end(), End::Finished);
  EXPECT_THAT(recorder.all<event::HostFinished>(), SizeIs(64));
}

TEST_F(Step, StepAfterEndReturnsSameEnd) {
  EXPECT_EQ(step_to_end(), End::Finished);
  const std::size_t events = recorder.events.size();
  EXPECT_EQ(engine->step(), End::Finished);
  EXPECT_EQ(engine->run(), End::Finished);
  EXPECT_EQ(recorder.events.size(), events);
}

TEST_F(Step, RunContinuesAfterSteps) {
  options.targets = {"127.0.0.1-20"};
  ASSERT_EQ(create(), "");
  ASSERT_EQ(engine->step(), std::nullopt);
  EXPECT_EQ(engine->run(), End::Finished);
  EXPECT_THAT(recorder.all<event::HostFinished>(), SizeIs(20));
}

TEST_F(Step, StopWakesCallerLoop) {
  script("sleeps", R"(hostrule = function() return true end
    action = function() require'stdnse'.sleep(600) end)");
  for (const unsigned workers : {1u, 3u}) {
    options.workers = workers;
    options.targets = {"127.0.0.1-9"};
    recorder.events.clear();
    std::jthread stopper;
    std::size_t started = 0;
    recorder.react = [&](const Event& event) {
      if (std::holds_alternative<event::ScriptStarted>(event.what) && ++started == 9)
        stopper = std::jthread([this] { engine->stop(); });
    };
    EXPECT_EQ(step_to_end(), End::Stopped);
    EXPECT_THAT(recorder.all<event::HostFinished>(), SizeIs(9));
  }
}

TEST_F(Step, DestroyedEngineEmitsNoFurtherEvent) {
  script("sleeps", R"(hostrule = function() return true end
    action = function() require'stdnse'.sleep(600) end)");
  options.workers = 2;
  options.targets = {"127.0.0.1-9"};
  ASSERT_EQ(create(), "");
  while (recorder.all<event::ScriptStarted>().empty()) {
    ASSERT_EQ(engine->step(), std::nullopt);
    ASSERT_TRUE(wait());
  }
  engine.reset();
  EXPECT_TRUE(recorder.all<event::RunFinished>().empty());
}

struct ThrowingObserver : EngineTest {
  /// Runs with an observer that throws at each event of the kind.
  template <class What>
  End run_throwing() {
    recorder.react = [](const Event& event) {
      if (std::holds_alternative<What>(event.what)) throw std::runtime_error("no more room");
    };
    return run();
  }
};

TEST_F(ThrowingObserver, ThrowFailsRun) {
  options.targets = {"127.0.0.1-200"};
  EXPECT_EQ(run_throwing<event::HostFinished>(), End::Failed);
  EXPECT_EQ(recorder.one<event::RunFinished>().error, "the observer has thrown: no more room");
}

TEST_F(ThrowingObserver, ThrowOnWorkerThreadFailsRun) {
  options.workers = 3;
  options.targets = {"127.0.0.1-200"};
  EXPECT_EQ(run_throwing<event::HostFinished>(), End::Failed);
  EXPECT_EQ(recorder.one<event::RunFinished>().error, "the observer has thrown: no more room");
}

TEST_F(ThrowingObserver, ThrowAtFirstEventFailsRun) {
  EXPECT_EQ(run_throwing<event::RunStarted>(), End::Failed);
  EXPECT_THAT(recorder.one<event::RunFinished>().error, HasSubstr("no more room"));
}

TEST_F(ThrowingObserver, ThrowAtLastEventFailsRun) { EXPECT_EQ(run_throwing<event::RunFinished>(), End::Failed); }

TEST_F(ThrowingObserver, ThrownIntegerFailsRun) {
  recorder.react = [](const Event& event) {
    if (std::holds_alternative<event::HostFinished>(event.what)) throw 7;
  };
  EXPECT_EQ(run(), End::Failed);
  EXPECT_EQ(recorder.one<event::RunFinished>().error, "the observer has thrown an exception that is no std::exception");
}

}  // namespace
}  // namespace sluice::engine
