// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sluice/engine.hpp>
#include <string>
#include <vector>

#include "engine/run.hpp"
#include "support/sim_platform.hpp"

// --max-time in virtual time.

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;
using End = Engine::End;

constexpr const char* kExpired = "--max-time has expired";
constexpr const char* kSleepsLong = R"(action = function() require "stdnse".sleep(3600) return "slept" end)";

struct MaxTime : testing::Test, Observer {
  MaxTime() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-max-time-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    options.datadir = folder;
    options.targets = {"192.0.2.1-8"};
    options.ports = "80";
    options.discovery = false;
    options.reverse_dns = Options::ReverseDns::Never;
  }
  ~MaxTime() override { std::filesystem::remove_all(folder); }

  void script(const std::string& id, const std::string& rule, const std::string& action) {
    const std::filesystem::path path = folder / (id + ".nse");
    std::ofstream(path) << "categories = {}\n" << rule << " = function() return true end\n" << action << "\n";
    options.scripts = true;
    options.script_rules.push_back(path);
  }
  End run() {
    const auto platform = std::make_shared<engine::SimPlatform>(1);
    auto made = engine::create_run(options, *this, platform);
    EXPECT_TRUE(made) << made.error().message;
    if (!made) return End::Failed;
    engine = std::move(*made);
    const End end = engine->run();
    engine.reset();
    return end;
  }
  void on_event(const Event& event) override {
    if (const auto* host = std::get_if<event::HostFinished>(&event.what)) hosts.push_back(host->report);
    if (const auto* phase = std::get_if<event::PhaseFinished>(&event.what)) phases.push_back(*phase);
    if (const auto* run = std::get_if<event::RunFinished>(&event.what)) finished = *run;
    if (const auto* script = std::get_if<event::ScriptFinished>(&event.what)) scripts.push_back(*script);
    if (react) react(event);
  }

  std::filesystem::path folder;
  Options options;
  std::unique_ptr<Engine> engine;
  std::vector<std::shared_ptr<const HostReport>> hosts;
  std::vector<event::PhaseFinished> phases;
  std::vector<event::ScriptFinished> scripts;
  event::RunFinished finished;
  std::function<void(const Event&)> react;
};

TEST_F(MaxTime, RunEndsAtMaxTimeAndUnfinishedHostsAreIncomplete) {
  script("quick", "hostrule", "action = function() return 'found' end");
  script("slow", "hostrule", kSleepsLong);
  script("after", "postrule", "action = function() return 'late' end");
  options.max_time = 30min;
  for (const unsigned workers : {1u, 3u}) {
    options.workers = workers;
    hosts.clear();
    phases.clear();
    EXPECT_EQ(run(), End::Stopped);
    EXPECT_EQ(finished.error, kExpired);
    EXPECT_EQ(finished.elapsed, 30min);
    EXPECT_THAT(hosts, SizeIs(8));
    for (const auto& host : hosts) {
      EXPECT_EQ(host->incomplete, kExpired);
      ASSERT_THAT(host->scripts, SizeIs(1));
      EXPECT_EQ(host->scripts[0].output, "found");
    }
    for (const auto& phase : phases) EXPECT_TRUE(phase.before) << "a script after the hosts ran";
  }
}

TEST_F(MaxTime, RunThatEndsBeforeMaxTimeIsFinished) {
  script("slow", "hostrule", kSleepsLong);
  options.max_time = 61min;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(finished.error, "");
  for (const auto& host : hosts) EXPECT_EQ(host->incomplete, "");
}

TEST_F(MaxTime, MaxTimeEndsPreScanPhaseAndNoHostStarts) {
  script("before", "prerule", kSleepsLong);
  options.max_time = 1s;
  EXPECT_EQ(run(), End::Stopped);
  EXPECT_EQ(finished.error, kExpired);
  EXPECT_EQ(finished.elapsed, 1s);
  EXPECT_THAT(hosts, SizeIs(0));
}

TEST_F(MaxTime, MaxTimeEndsPostScanPhase) {
  script("after", "postrule", kSleepsLong);
  options.max_time = 10min;
  EXPECT_EQ(run(), End::Stopped);
  EXPECT_EQ(finished.error, kExpired);
  EXPECT_THAT(hosts, SizeIs(8));
  for (const auto& host : hosts) EXPECT_EQ(host->incomplete, "");
}

TEST_F(MaxTime, ComputingScriptsAreKilledAfterMaxTime) {
  script("loops", "hostrule", "action = function() while true do pcall(error) end end");
  options.script_burst = 1h;
  options.max_time = 2500ms;
  EXPECT_EQ(run(), End::Stopped);
  EXPECT_EQ(finished.error, kExpired);
  EXPECT_LT(finished.elapsed, 5s) << "each script has computed for a second first";
  EXPECT_THAT(scripts, SizeIs(8));
  for (const event::ScriptFinished& script : scripts) EXPECT_EQ(script.outcome, event::Outcome::Killed);
}

TEST_F(MaxTime, EarlierStopRequestStaysTheReason) {
  script("slow", "hostrule", kSleepsLong);
  options.max_time = 1ms;
  react = [this](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->stop();
  };
  EXPECT_EQ(run(), End::Stopped);
  EXPECT_EQ(finished.error, "stopped before the end");
}

}  // namespace
}  // namespace sluice::simulation
