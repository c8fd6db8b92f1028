// SPDX-License-Identifier: Apache-2.0
// Faults of runs with several worker threads.

#include <gmock/gmock.h>

#include <sstream>

#include "library/engine_fixture.hpp"
#include "support/c_module.hpp"

namespace sluice::engine {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

struct WorkerThread : EngineTest {
  WorkerThread() {
    options.workers = 2;
    options.port_scan = false;
    options.ports.reset();
  }
};

// A target that a script added while hosts were assigned let all other targets exceed the host window.
TEST_F(WorkerThread, TargetsAddedByScriptsDoNotExceedHostWindow) {
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
  EXPECT_LE(most, 24u);  // 8 open, 8 arrived, and 8 on the way to the other shard
}

// Each of two stuck worker threads waited for the other one. The report lacked the hosts of the thread that was
// released last.
TEST_F(WorkerThread, HostsAreReportedWhenScriptsOfBothThreadsAreStuckInC) {
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
              "16 told, 16 up; hangs against 127.0.0.[0-9]+ cannot be stopped, because it computes inside a C");
}

// While the hosts were reported before the process was terminated, a script thread whose C function returned was still
// resumed.
TEST_F(WorkerThread, HostsAreReportedOnceWhenStuckScriptReturnsFromC) {
  options.targets = {"127.0.0.1-2"};
  options.script_burst = 50ms;
  options.unsafe_lua = true;
  // The script of 127.0.0.1 does not return. The other one returns while the hosts are reported, and would finish its
  // host a second time.
  script("hangs", "hostrule = function() return true end action = function(host) " + kSpin +
                      "(host.ip == '127.0.0.1' and 1000 or 2) return 'came out' end");
  recorder.react = [&](const Event& event) {
    if (const auto* host = std::get_if<event::HostFinished>(&event.what))
      fprintf(stderr, "%s told with %zu; ", host->report->address.text().c_str(), host->report->scripts.size());
    if (const auto* run = std::get_if<event::RunFinished>(&event.what)) fprintf(stderr, "%zu up\n", run->hosts_up);
  };
  // On a busy machine the other script may return and be killed before the first one counts as stuck. It then has a
  // result.
  EXPECT_EXIT(run(), testing::ExitedWithCode(1), "^127.0.0.[12] told with [01]; 127.0.0.[12] told with [01]; 2 up");
}

// A stopped run waited until a script of the other worker thread had used up its CPU budget.
TEST_F(WorkerThread, StopKillsComputingScriptOfOtherThread) {
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

// Each request for statistics restarted the previous one, so that none completed while new requests came.
TEST_F(WorkerThread, StatsAreEmittedDespiteNewerRequests) {
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

// Post-scan scripts of the first shard waited for the finalizers of the other shard.
TEST_F(WorkerThread, EndlessFinalizerDoesNotBlockPostScanScripts) {
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

// Hosts that a shard had not taken from its mailbox when the run was stopped were in no report.
TEST_F(WorkerThread, HostsOfLoadingThreadAreReportedAfterStop) {
  options.targets = {"127.0.0.1-64"};
  script("waits", R"(
local stdnse = require "stdnse"
hostrule = function() return true end
action = function() stdnse.sleep(3600) end)");
  // The first script of the first shard starts while the other shard creates its Lua state.
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->stop();
  };
  EXPECT_EQ(run(), Engine::End::Stopped);
  EXPECT_EQ(recorder.all<event::HostFinished>().size(), 64u);
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_up, 64u);
}

// A worker thread that could not start, for lack of memory or threads, ended the run.
TEST_F(WorkerThread, HostsOfFailedThreadAreRunByOthers) {
  options.targets = {"127.0.0.1-64"};
  script("once", "prerule = function() return os.remove('" + (directory / "scripts/once.nse").string() + R"(') end
hostrule = function() return true end
action = function(host) return host and host.ip end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  const auto hosts = recorder.all<event::HostFinished>();
  EXPECT_EQ(hosts.size(), 64u);
  for (const auto& host : hosts) EXPECT_EQ(host.report->scripts.size(), 1u);
  EXPECT_THAT(recorder.log(), HasSubstr("Warning: cannot start another worker thread: "));
}

// Only the first shard loaded the scripts of -sV if no others were asked for.
TEST_F(WorkerThread, RunsVersionScriptsWithoutOptionScript) {
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

TEST_F(WorkerThread, PrintedLinesAreNotInterleaved) {
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
