// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "engine_fixture.hpp"

// Runs with several worker threads. The report must equal that of a run with one.

namespace sluice::engine {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

struct Workers : EngineTest {
  Workers() {
    options.workers = 3;
    options.port_scan = false;
    options.ports.reset();
    options.targets = {"127.0.0.1-64"};
  }

  /// Returns the results of script `id`, one per host, ordered by address.
  [[nodiscard]] std::vector<std::string> said(const std::string& id) const {
    std::map<Address, std::string> by_host;
    for (const auto& finished : recorder.all<event::HostFinished>())
      for (const ScriptResult& result : finished.report->scripts)
        if (result.id == id) by_host[finished.report->address] += result.output;
    std::vector<std::string> texts;
    for (const auto& [address, text] : by_host) texts.push_back(text);
    return texts;
  }
  /// Returns the result of the post-scan script.
  [[nodiscard]] std::string afterwards() const {
    for (const auto& phase : recorder.all<event::PhaseFinished>())
      if (!phase.before && !phase.scripts.empty()) return phase.scripts.front().output;
    return "";
  }
  /// Adds a script whose result identifies the Lua state in which it ran.
  void script_that_names_its_state() {
    script("state", R"(
local nmap = require "nmap"
hostrule = function() return true end
action = function()
  nmap.registry.state = nmap.registry.state or tostring({})
  return nmap.registry.state
end)");
  }
};

TEST_F(Workers, HostsAreAssignedToAllShards) {
  script_that_names_its_state();
  EXPECT_EQ(run(), Engine::End::Finished);
  const std::vector<std::string> states = said("state");
  EXPECT_THAT(states, SizeIs(64));
  EXPECT_THAT(std::set<std::string>(states.begin(), states.end()), SizeIs(3));
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_total, 64u);
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_up, 64u);
}

TEST_F(Workers, ScriptThreadsHaveDistinctNumbers) {
  script("fails", "hostrule = function() return true end action = function() error('x') end");
  EXPECT_EQ(run(), Engine::End::Finished);
  std::set<std::string> names;
  for (const auto& finished : recorder.all<event::ScriptFinished>()) names.insert(finished.thread);
  EXPECT_THAT(names, SizeIs(64));
}

TEST_F(Workers, ResultsEqualResultsOfOneWorker) {
  const char* text = R"(
local nmap = require "nmap"
prerule, hostrule, postrule = function() return true end, function() return true end, function() return true end
action = function(host)
  local registry = nmap.registry
  if SCRIPT_TYPE == "prerule" then registry.greeting = "hello" return "before" end
  if SCRIPT_TYPE == "postrule" then
    table.sort(registry.seen)
    return #registry.seen .. " " .. registry.seen[1] .. " " .. registry.by_host["127.0.0.9"].name
  end
  registry.seen = registry.seen or {}
  table.insert(registry.seen, host.ip)
  registry.by_host = registry.by_host or {}
  registry.by_host[host.ip] = {name = "host " .. host.ip}
  return registry.greeting .. " " .. host.ip
end)";
  script("a", text);
  const auto report = [&](unsigned workers) {
    options.workers = workers;
    recorder.events.clear();
    EXPECT_EQ(run(), Engine::End::Finished);
    std::vector<std::string> all = said("a");
    for (const auto& phase : recorder.all<event::PhaseFinished>())
      for (const ScriptResult& result : phase.scripts) all.push_back(result.output);
    std::set<std::string> tasks;  // a task may start again while another worker thread is set up
    for (const auto& task : recorder.all<event::TaskStarted>()) tasks.insert(task.task);
    all.insert(all.end(), tasks.begin(), tasks.end());
    return all;
  };
  const std::vector<std::string> one = report(1);
  EXPECT_THAT(one, Contains("64 127.0.0.1 host 127.0.0.9"));
  EXPECT_THAT(one, Contains("hello 127.0.0.64"));
  EXPECT_EQ(report(3), one);
}

TEST_F(Workers, PortScriptsRunForEveryHost) {
  Greeter greeter("hello");
  options.port_scan = true;
  options.targets = {"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"};
  scan(greeter);
  script("a", R"(
local nmap = require "nmap"
portrule = function() return true end
action = function(host, port)
  local socket = nmap.new_socket()
  assert(socket:connect(host, port))
  local _, line = socket:receive_bytes(5)
  return line
end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  std::size_t greetings = 0;
  for (const auto& finished : recorder.all<event::HostFinished>())
    for (const PortReport& port : finished.report->ports)
      if (port.detail)
        for (const ScriptResult& result : port.detail->scripts) greetings += result.output == "hello";
  EXPECT_EQ(greetings, 4u);
}

TEST_F(Workers, RegistryDataOfPreScanIsMergedOnce) {
  script("a", R"(
local nmap = require "nmap"
prerule, hostrule, postrule = function() return true end, function() return true end, function() return true end
action = function(host)
  local registry = nmap.registry
  if SCRIPT_TYPE == "prerule" then registry.list = {"first"} end
  if SCRIPT_TYPE == "hostrule" then table.insert(registry.list, host.ip) end
  if SCRIPT_TYPE == "postrule" then return #registry.list .. " " .. registry.list[1] end
end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(afterwards(), "65 first");
}

TEST_F(Workers, UnmergeableRegistryDataIsLogged) {
  script("a", R"(
local nmap = require "nmap"
hostrule, postrule = function() return true end, function() return true end
action = function(host)
  if host then nmap.registry.known = {print, host.ip} else return "after" end
end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(afterwards(), "after");
  EXPECT_THAT(recorder.log(),
              HasSubstr("NSE: the registry of the post-scan phase lacks values that are not plain data: known[1] (a "
                        "function)."));
}

TEST_F(Workers, TargetAddedInSeveralShardsIsScannedOnce) {
  script("a", R"(
local target = require "target"
hostrule = function(host) return host.ip:match "^127%.0%.0%." end
action = function(host)
  local accepted = target.add("127.0.1.1", "127.0.1." .. host.ip:match "%d+$")
  return tostring(accepted)
end)");
  options.script_args = "newtargets";
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(recorder.all<event::HostFinished>().size(), 128u);
  EXPECT_THAT(said("a"), testing::Each("true"));
}

TEST_F(Workers, OsExitEndsScriptForOneHostOnly) {
  script("a", R"(
hostrule = function() return true end
action = function(host) if host.ip == "127.0.0.40" then os.exit() end return "x" end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(said("a"), SizeIs(63));
}

TEST_F(Workers, StopEndsAllShardsAndReportsUnfinishedHosts) {
  script("a", R"(
local stdnse = require "stdnse"
hostrule = function() return true end
action = function() stdnse.sleep(3600) end)");
  std::size_t started = 0;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what) && ++started == 64) engine->stop();
  };
  EXPECT_EQ(run(), Engine::End::Stopped);
  const auto hosts = recorder.all<event::HostFinished>();
  EXPECT_EQ(hosts.size(), 64u);
  for (const event::HostFinished& host : hosts) EXPECT_EQ(host.report->incomplete, "stopped before the end");
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_up, 64u);
}

TEST_F(Workers, StatsCoverAllShards) {
  script("a", R"(
local stdnse = require "stdnse"
hostrule = function() return true end
action = function() stdnse.sleep(3600) end)");
  std::size_t started = 0;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what) && ++started == 64) engine->report_stats();
    if (std::holds_alternative<event::Stats>(event.what)) engine->stop();
  };
  EXPECT_EQ(run(), Engine::End::Stopped);
  const auto stats = recorder.one<event::Stats>();
  EXPECT_EQ(stats.hosts_open, 64u);
  EXPECT_EQ(stats.threads, 64u);
  EXPECT_THAT(stats.oldest, HasSubstr("a against 127.0.0."));
}

TEST_F(Workers, NumberOfWorkersIsAtMostNumberOfSlots) {
  options.socket_slots = 2;
  options.host_slots = 1;
  options.verbosity = options.debugging = 1;
  script_that_names_its_state();
  EXPECT_EQ(run(), Engine::End::Finished);
  const std::vector<std::string> states = said("state");
  EXPECT_EQ(std::set<std::string>(states.begin(), states.end()).size(), 2u);
  EXPECT_THAT(recorder.log(),
              HasSubstr("2 socket slots (--socket-slots), 1 per host (--host-slots), for 2 worker threads"));
  EXPECT_THAT(recorder.log(), HasSubstr("--workers 3: 2 worker threads are used; "));
}

TEST_F(Workers, SingleHostIsScannedWithSeveralWorkers) {
  options.targets = {"127.0.0.1"};
  script_that_names_its_state();
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(said("state"), SizeIs(1));
}

TEST_F(Workers, AllHostsAreScannedWithoutScripts) {
  options.port_scan = true;
  options.ports = "1";
  EXPECT_EQ(run(), Engine::End::Finished);
  const auto hosts = recorder.all<event::HostFinished>();
  EXPECT_THAT(hosts, SizeIs(64));
  for (const auto& host : hosts) EXPECT_THAT(host.report->ports, SizeIs(1));
  EXPECT_THAT(recorder.all<event::TaskStarted>(), SizeIs(recorder.all<event::TaskEnded>().size()));
}

struct HostGarbage : EngineTest, testing::WithParamInterface<unsigned> {};

// As in Nmap (docs/nse-compat.md). LuaSQL connections, for example, count their cursors.
TEST_P(HostGarbage, GarbageIsFinalizedBeforePostScanScripts) {
  options.workers = GetParam();
  options.targets = {"127.0.0.1-6"};
  script("leaves", R"(
    local nmap = require 'nmap'
    hostrule = function() return true end
    postrule = function() return true end
    action = function(host)
      if host then
        setmetatable({}, {__gc = function() nmap.registry[host.ip] = 'finalized' end})
        return
      end
      local count = 0
      for last = 1, 6 do if nmap.registry['127.0.0.' .. last] then count = count + 1 end end
      return tostring(count)
    end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  std::string said = "nothing";
  for (const auto& each : recorder.all<event::ScriptFinished>())
    if (each.result) said = each.result->output;
  EXPECT_EQ(said, "6") << recorder.log();
}

INSTANTIATE_TEST_SUITE_P(Workers, HostGarbage, testing::Values(1u, 2u, 4u),
                         [](const auto& each) { return std::to_string(each.param) + "Workers"; });

}  // namespace
}  // namespace sluice::engine
