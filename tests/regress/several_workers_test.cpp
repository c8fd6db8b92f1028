// What went wrong in runs with several workers when these were new.

#include <gmock/gmock.h>

#include <sstream>

#include "library/engine_fixture.hpp"
#include "support/c_module.hpp"

namespace sluice::engine {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

struct SeveralWorkers : EngineTest {
  SeveralWorkers() {
    options.workers = 2;
    options.port_scan = false;
    options.ports.reset();
  }
};

// A target that a script added while hosts were dealt made room for all the others.
TEST_F(SeveralWorkers, TargetsThatScriptsAddDoNotLetAllOthersInAtOnce) {
  options.targets = {"127.1.0.0/20"};
  options.max_hostgroup = 8;
  script("adds", R"(
local nmap = require "nmap"
hostrule = function() return true end
action = function(host)
  if host.ip:match "^127%.1%." then nmap.add_targets((host.ip:gsub("^127%.1%.", "127.2."))) end
end)");
  std::size_t most = 0;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::HostFinished>(event.what)) engine->report_stats();
    if (const auto* stats = std::get_if<event::Stats>(&event.what)) most = std::max(most, stats->hosts_open);
  };
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_total, 8192u);
  EXPECT_GT(most, 0u);
  EXPECT_LE(most, 24u);  // eight open, eight arrived, and as many on the way to the other worker
}

// The second one waited for the first, which had been told to wait for it, and whoever came out first left the other's
// hosts out.
TEST_F(SeveralWorkers, HostsAreToldWhenScriptsOfBothAreStuckInC) {
  options.targets = {"127.0.0.1-16"};
  options.script_burst = 50ms;
  options.unsafe_lua = true;
  script("hangs", "hostrule = function() return true end action = function() " + kSpin + "(1000) end");
  std::size_t hosts = 0;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::HostFinished>(event.what)) ++hosts;
    if (const auto* run = std::get_if<event::RunFinished>(&event.what))
      fprintf(stderr, "%zu told, %zu up; %s\n", hosts, run->hosts_up, run->error.c_str());
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(1),
              "16 told, 16 up; hangs against 127.0.0.[0-9]+ cannot be stopped: it computes inside a C");
}

// Once the last resort was under way, a C function that returned let its thread go on in what was being told.
TEST_F(SeveralWorkers, AThreadThatComesOutOfCWhileItsHostsAreToldStandsStill) {
  options.targets = {"127.0.0.1-2"};
  options.script_burst = 50ms;
  options.unsafe_lua = true;
  // The one is stuck for ever; the other for long enough, and then would finish its host once more.
  script("hangs", "hostrule = function() return true end action = function(host) " + kSpin +
                      "(host.ip == '127.0.0.1' and 1000 or 2) return 'came out' end");
  recorder.react = [&](const Event& event) {
    if (const auto* host = std::get_if<event::HostFinished>(&event.what))
      fprintf(stderr, "%s told with %zu; ", host->report->address.text().c_str(), host->report->scripts.size());
    if (const auto* run = std::get_if<event::RunFinished>(&event.what)) fprintf(stderr, "%zu up\n", run->hosts_up);
  };
  // On a busy machine the other may come out and be killed before the one counts as stuck: that is a result.
  EXPECT_EXIT(run(), testing::ExitedWithCode(1), "^127.0.0.[12] told with [01]; 127.0.0.[12] told with [01]; 2 up");
}

// A run that was to end waited until a script of the other worker had used up its burst.
TEST_F(SeveralWorkers, AStopEndsAComputingScriptOfTheOtherSoon) {
  options.targets = {"127.0.0.1-2"};
  options.script_burst = 1h;
  script("computes", R"(
local nmap = require "nmap"
hostrule = function() return true end
action = function(host)
  if host.ip == "127.0.0.1" then while true do end end
end)");
  recorder.react = [&](const Event& event) {
    if (const auto* ended = std::get_if<event::ScriptFinished>(&event.what);
        ended && ended->place.address->text() == "127.0.0.2")
      engine->stop();
  };
  EXPECT_EQ(run(), Engine::End::Stopped);
  EXPECT_EQ(recorder.all<event::HostFinished>().size(), 2u);
}

// Each question began anew with the other worker, so that none was answered while there were new ones.
TEST_F(SeveralWorkers, StatsThatAreDueAgainBeforeTheyAreToldAreTold) {
  options.targets = {"127.0.0.1-2"};
  options.stats_every = 1ms;
  script("computes", R"(
local stdnse = require "stdnse"
hostrule = function() return true end
action = function()
  for _ = 1, 100 do
    local began = os.clock()
    while os.clock() - began < 0.02 do end
    stdnse.sleep(0.001)
  end
  return "nobody asked"
end)");
  std::size_t started = 0;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) ++started;
    if (std::holds_alternative<event::Stats>(event.what) && started == 2) engine->stop();
  };
  EXPECT_EQ(run(), Engine::End::Stopped);
  for (const auto& host : recorder.all<event::HostFinished>()) EXPECT_TRUE(host.report->scripts.empty());
}

// The first thread's scripts had to wait for the finalizers of the other's.
TEST_F(SeveralWorkers, AFinalizerWithoutEndDoesNotKeepTheScriptsAfterTheHostsFromRunning) {
  options.targets = {"127.0.0.1-4"};
  options.script_burst = 100ms;
  script("ends", R"(
local nmap = require "nmap"
hostrule = function() return true end
postrule = function() return true end
action = function(host)
  if not host then return "afterwards" end
  rawset(nmap.registry, "kept", setmetatable({}, {__gc = function() while true do end end}))
end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_FALSE(recorder.all<event::PhaseFinished>().empty());
}

// What a worker had not taken up when the run was stopped was in no report.
TEST_F(SeveralWorkers, HostsOfAWorkerThatIsStillLoadingAreToldWhenTheRunIsStopped) {
  options.targets = {"127.0.0.1-64"};
  script("waits", R"(
local stdnse = require "stdnse"
hostrule = function() return true end
action = function() stdnse.sleep(3600) end)");
  // The first thread's first script starts while the other makes its Lua state.
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->stop();
  };
  EXPECT_EQ(run(), Engine::End::Stopped);
  EXPECT_EQ(recorder.all<event::HostFinished>().size(), 64u);
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_up, 64u);
}

// A worker for which there was no memory, or no thread, ended the run.
TEST_F(SeveralWorkers, HostsOfAWorkerThatCannotBeginAreDoneByTheOthers) {
  options.targets = {"127.0.0.1-64"};
  script("once", "prerule = function() return os.remove('" + (directory / "scripts/once.nse").string() + R"(') end
hostrule = function() return true end
action = function(host) return host and host.ip end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  const auto hosts = recorder.all<event::HostFinished>();
  EXPECT_EQ(hosts.size(), 64u);
  for (const auto& host : hosts) EXPECT_EQ(host.report->scripts.size(), 1u);
  EXPECT_THAT(recorder.log(), HasSubstr("Warning: the run goes on without a further worker: "));
}

// Only the first shard loaded the scripts of -sV if no others were asked for.
TEST_F(SeveralWorkers, RunVersionScriptsWithoutTheOptionScript) {
  options.versions = true;
  options.targets = {"127.0.0.1-64"};
  write("scripts/version.nse", R"(
categories = {"version"}
hostrule = function() return true end
action = function(host) return host.ip end)");
  write("scripts/script.db", "Entry { filename = \"version.nse\", categories = { \"version\", } }\n");
  write("nmap-service-probes", "Probe TCP NULL q||\n");
  EXPECT_EQ(run(), Engine::End::Finished);
  const auto hosts = recorder.all<event::HostFinished>();
  EXPECT_EQ(hosts.size(), 64u);
  for (const auto& host : hosts) EXPECT_EQ(host.report->scripts.size(), 1u);
}

TEST_F(SeveralWorkers, LinesThatScriptsPrintAreWhole) {
  options.targets = {"127.0.0.1-64"};
  script("prints", R"(
hostrule = function() return true end
action = function(host) for _ = 1, 1000 do print("one", 2, nil, host.ip) end end)");
  testing::internal::CaptureStdout();
  EXPECT_EQ(run(), Engine::End::Finished);
  std::istringstream printed(testing::internal::GetCapturedStdout());
  std::size_t lines = 0;
  for (std::string line; std::getline(printed, line); ++lines)
    ASSERT_THAT(line, testing::MatchesRegex("one\t2\tnil\t127\\.0\\.0\\.[0-9]+"));
  EXPECT_EQ(lines, 64u * 1000u);
}

}  // namespace
}  // namespace sluice::engine
