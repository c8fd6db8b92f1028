// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <thread>

#include "engine_fixture.hpp"
#include "native/ping_sockets.hpp"
#include "net/resolv_conf.hpp"
#include "support/c_module.hpp"
#include "support/dns_server.hpp"

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;
using event::Outcome;
using testing::Contains;
using testing::ContainsRegex;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

struct EngineRun : EngineTest {};

constexpr const char* kEverywhere = "portrule = function() return true end\n";
constexpr const char* kSleepsLong =
    "hostrule = function() return true end\n"
    "action = function() require'stdnse'.sleep(600) end\n";

std::vector<std::string> ids(const std::vector<ScriptResult>& reports) {
  std::vector<std::string> found;
  for (const ScriptResult& report : reports) found.push_back(report.id);
  return found;
}

TEST_F(EngineRun, OpenPortIsInEventAndReport) {
  const Greeter greeter("hello\n");
  scan(greeter);
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(recorder.one<event::PortDiscovered>().number, greeter.port());
  ASSERT_THAT(host()->ports, SizeIs(1));
  EXPECT_EQ(host()->ports[0].state, PortState::Open);
  EXPECT_EQ(host()->ports[0].reason, Reason::SynAck);
  EXPECT_EQ(host()->reason, Reason::UserSet);
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_up, 1u);
}

TEST_F(EngineRun, RefusingHostIsUpAndPortsAreSorted) {
  options.discovery = true;
  options.privileged = false;
  options.ports = "3,1,2";
  EXPECT_EQ(run(), End::Finished);
  EXPECT_TRUE(host()->up);
  EXPECT_EQ(host()->reason, Reason::ConnRefused);
  ASSERT_THAT(host()->ports, SizeIs(3));
  EXPECT_EQ(host()->ports[0].number, 1);
  EXPECT_EQ(host()->ports[2].number, 3);
  EXPECT_EQ(host()->ports[0].table_service, "tcpmux");
}

TEST_F(EngineRun, OwnAddressIsUpWithoutProbeIfRawSocketsAreAllowed) {
  if (!net::find_ping_rights(Family::Inet, true).neighbour) GTEST_SKIP() << "needs raw sockets";
  options.discovery = true;
  options.privileged = true;
  options.syn_pings = "1";
  options.port_scan = false;
  options.ports.reset();
  EXPECT_EQ(run(), End::Finished);
  EXPECT_TRUE(host()->up);
  EXPECT_EQ(host()->reason, Reason::LocalhostResponse);
  EXPECT_EQ(host()->mac, "");
  EXPECT_FALSE(host()->times);
  EXPECT_THAT(recorder.all<event::TaskStarted>(), IsEmpty());
}

TEST_F(EngineRun, OwnAddressIsProbedIfProxied) {
  options.discovery = true;
  options.proxied = true;
  options.port_scan = false;
  options.ports.reset();
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(host()->reason, Reason::ConnRefused);
}

TEST_F(EngineRun, HostsBeyondMaxHostgroupAreAllReported) {
  options.targets = {"127.0.0.0/25"};
  options.max_hostgroup = 3;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.all<event::HostFinished>(), SizeIs(128));
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_total, 128u);
}

TEST_F(EngineRun, ListedHostsAreNotUpAndCauseNoTask) {
  options.targets = {"127.0.0.0/30"};
  options.list_only = true;
  options.ports.reset();
  EXPECT_EQ(run(), End::Finished);
  const event::RunFinished finished = recorder.one<event::RunFinished>();
  EXPECT_EQ(finished.hosts_total, 4u);
  EXPECT_EQ(finished.hosts_up, 0u);
  EXPECT_THAT(recorder.all<event::TaskStarted>(), IsEmpty());
}

TEST_F(EngineRun, ListedHostsAreReportedInOrderOfTargets) {
  net::EpollEventLoop loop;
  net::DnsServer server(loop);
  server.pointer("5.0.0.127.in-addr.arpa", "five.example");
  std::atomic<bool> answering = true;
  std::jthread answers([&] {
    while (answering) loop.wait(kNever);
  });
  options.targets = {"127.0.0.5", "localhost", "127.0.0.1"};  // the other targets are in /etc/hosts
  options.list_only = true;
  options.ports.reset();
  options.reverse_dns = Options::ReverseDns::UpOnly;
  options.dns_servers = {"127.0.0.1:" + std::to_string(server.at().port)};
  EXPECT_EQ(run(), End::Finished);
  answering = false;
  loop.wake();
  std::vector<std::string> told;
  for (const event::HostFinished& finished : recorder.all<event::HostFinished>())
    told.push_back(finished.report->target_name + " " + finished.report->reverse_name);
  EXPECT_THAT(told, ElementsAre(" five.example", "localhost localhost", " localhost"));
}

TEST_F(EngineRun, GetDnsServersReturnsServersOfOptionOrSystemInReverseOrder) {
  script("servers", R"(local nmap = require 'nmap'
    prerule = function() return true end
    action = function() return table.concat(nmap.get_dns_servers(), ' ') .. '.' end)");
  const auto servers = [this] {
    recorder.events.clear();
    EXPECT_EQ(run(), End::Finished);
    return recorder.one<event::ScriptFinished>().result->output;
  };
  std::string of_system;
  for (const Address& each : net::system_name_servers())
    of_system = each.text_with_scope() + (of_system.empty() ? "" : " ") + of_system;
  EXPECT_EQ(servers(), of_system + '.');
  options.dns_servers = {"127.0.0.9", "[::1]:5353", "127.0.0.8", "127.0.0.9"};
  EXPECT_EQ(servers(), "127.0.0.8 ::1 127.0.0.9.");
}

TEST_F(EngineRun, MissingTargetsCauseWarning) {
  options.targets = {};
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), HasSubstr("No targets"));
}

TEST_F(EngineRun, PortScriptReceivesDataFromPort) {
  const Greeter greeter("hello\n");
  scan(greeter);
  script("talk", std::string(kEverywhere) + R"(action = function(host, port)
    local socket = nmap.new_socket()
    assert(socket:connect(host, port))
    local _, line = assert(socket:receive_lines(1))
    return line
  end)");
  EXPECT_EQ(run(), End::Finished);
  ASSERT_TRUE(host()->ports[0].detail);
  ASSERT_THAT(host()->ports[0].detail->scripts, SizeIs(1));
  EXPECT_EQ(host()->ports[0].detail->scripts[0].output, "hello\n");
  const event::ScriptFinished finished = recorder.one<event::ScriptFinished>();
  EXPECT_EQ(finished.outcome, Outcome::Result);
  EXPECT_EQ(finished.place.port, greeter.port());
}

TEST_F(EngineRun, ClosedPortAndFalseRuleRunNoScript) {
  script("never", std::string(kEverywhere) + "action = function() return 'no' end");
  script("no", "hostrule = function() return false end\naction = function() return 'no' end");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.all<event::ScriptFinished>(), IsEmpty());
}

TEST_F(EngineRun, ResultsOfHostAreSortedById) {
  for (const char* id : {"c", "a", "b"})
    script(id, "hostrule = function() return true end\naction = function() return 'x' end");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(ids(host()->scripts), ElementsAre("a", "b", "c"));
}

TEST_F(EngineRun, RunLevelStartsAfterEndOfPreviousRunLevel) {
  script("first", R"(hostrule = function() return true end
    action = function() require"stdnse".sleep(0.05); nmap.registry.done = true end)");
  script("second", R"(dependencies = {"first"}
    hostrule = function() return true end
    action = function() return nmap.registry.done and "after" or "too early" end)");
  EXPECT_EQ(run(), End::Finished);
  ASSERT_THAT(host()->scripts, SizeIs(1));
  EXPECT_EQ(host()->scripts[0].output, "after");
}

TEST_F(EngineRun, PreScanAndPostScanHaveSeparateResults) {
  script("around", R"(prerule = function() return true end
    postrule = function() return true end
    action = function() return SCRIPT_TYPE end)");
  EXPECT_EQ(run(), End::Finished);
  const auto phases = recorder.all<event::PhaseFinished>();
  ASSERT_THAT(phases, SizeIs(2));
  EXPECT_TRUE(phases[0].before);
  EXPECT_EQ(phases[0].scripts.at(0).output, "prerule");
  EXPECT_EQ(phases[1].scripts.at(0).output, "postrule");
}

TEST_F(EngineRun, FailingScriptDoesNotAffectOtherScripts) {
  script("bad", "hostrule = function() return true end\naction = function() error('oh') end");
  script("good", "hostrule = function() return true end\naction = function() return 'fine' end");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(ids(host()->scripts), ElementsAre("bad", "good"));
  EXPECT_THAT(host()->scripts[0].output, HasSubstr("ERROR"));
}

TEST_F(EngineRun, ScriptsMayAddTargets) {
  options.targets = {};
  script("adds", R"(prerule = function() return true end
    action = function() nmap.add_targets("127.0.0.1", "127.0.0.2") end)");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.all<event::HostFinished>(), SizeIs(2));
}

TEST_F(EngineRun, TargetAddedBySeveralScriptsIsScannedOnce) {
  options.targets = {};
  const std::string adds = R"(prerule = function() return true end
    action = function()
      local taken = nmap.add_targets("127.0.0.1", "127.0.0.2", "127.0.0.1", "no target^", "127.0.0.3")
      return taken .. " " .. nmap.new_targets_num()
    end)";
  script("one", adds);
  script("two", adds);
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.all<event::HostFinished>(), SizeIs(3));
  for (const auto& finished : recorder.all<event::ScriptFinished>()) EXPECT_EQ(finished.result->output, "4 3");
}

TEST_F(EngineRun, KnownPortsAreNotScannedButRunScripts) {
  const Greeter greeter("hello\n");
  options.targets = {};
  write("known", "127.0.0.1:" + std::to_string(greeter.port()) + "/tcp,chat\n127.0.0.1:1\n");
  options.targets_from = (directory / "known").string();
  options.ports.reset();
  options.discovery = true;
  script("seen", std::string(kEverywhere) + "action = function(host, port) return port.state end");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(greeter.visits(), 0u);
  ASSERT_THAT(recorder.all<event::ScriptFinished>(), SizeIs(2));
  for (const event::HostFinished& finished : recorder.all<event::HostFinished>())
    for (const PortReport& port : finished.report->ports)
      if (port.number == greeter.port()) {
        EXPECT_EQ(port.detail->service->name, "chat");
      }
}

TEST_F(EngineRun, ThousandScriptsUseAtMostFiveSlots) {
  const Greeter greeter("x\n");
  scan(greeter);
  options.socket_slots = 5;
  std::filesystem::create_directory(directory / "many");
  for (int number = 0; number < 1000; ++number)
    write("many/s" + std::to_string(number) + ".nse", std::string(kEverywhere) + R"(action = function(host, port)
      local socket = nmap.new_socket()
      assert(socket:connect(host, port))
      nmap.registry.open = (nmap.registry.open or 0) + 1
      nmap.registry.most = math.max(nmap.registry.most or 0, nmap.registry.open)
      require 'stdnse'.sleep(0.001)  -- else a line that is there already lets no other script run
      local _, line = assert(socket:receive_lines(1))
      nmap.registry.open = nmap.registry.open - 1
      socket:close()
      return line
    end)");
  script("z", "postrule = function() return true end\naction = function() return tostring(nmap.registry.most) end");
  options.script_rules.push_back((directory / "many/").string());
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(host()->ports[0].detail->scripts, SizeIs(1000));
  EXPECT_EQ(recorder.one<event::PhaseFinished>().scripts.at(0).output, "5");
}

TEST_F(EngineRun, CollectedOpenSocketReturnsSlot) {
  const Greeter greeter("x\n");
  scan(greeter);
  options.socket_slots = 1;
  script("drops", std::string(kEverywhere) + R"(action = function(host, port)
      assert(nmap.new_socket():connect(host, port))
      for _ = 1, 3000 do
        if nmap.registry.done then return "gave it" end
        require"stdnse".sleep(0.01)
      end
    end)");
  script("waits", std::string(kEverywhere) + R"(action = function(host, port)
      assert(nmap.new_socket():connect(host, port))
      nmap.registry.done = true
      return "got it"
    end)");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(ids(host()->ports[0].detail->scripts), ElementsAre("drops", "waits"));
}

TEST_F(EngineRun, TimedOutHostKeepsScriptResults) {
  options.host_timeout = 300ms;
  script("quick", "hostrule = function() return true end\naction = function() return 'found' end");
  script("slow", kSleepsLong);
  EXPECT_EQ(run(), End::Finished);
  EXPECT_TRUE(host()->timed_out);
  EXPECT_EQ(host()->incomplete, "host timeout (--host-timeout)");
  EXPECT_THAT(ids(host()->scripts), ElementsAre("quick"));
  EXPECT_EQ(recorder.all<event::ScriptFinished>().back().outcome, Outcome::TimedOut);
}

TEST_F(EngineRun, TimedOutPortScanKeepsPortsSoFar) {
  options.ports = "1-1000";
  options.scan_delay = 20ms;
  options.host_timeout = 200ms;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_TRUE(host()->timed_out);
  EXPECT_TRUE(host()->ports_scanned);
  EXPECT_LT(host()->ports.size(), 100u);
  EXPECT_THAT(host()->ports, Not(IsEmpty()));
}

TEST_F(EngineRun, AllocationFailureFailsRunWithCompleteReport) {
  bool once = true;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::PortDiscovered>(event.what) && std::exchange(once, false)) throw std::bad_alloc();
  };
  const Greeter greeter("x\n");
  scan(greeter);
  EXPECT_EQ(run(), End::Failed);
  EXPECT_EQ(recorder.one<event::RunFinished>().error, "out of memory");
  EXPECT_TRUE(host()->up);
}

TEST_F(EngineRun, Ipv6TargetIsScanned) {
  options.targets = {"::1"};
  options.family = Family::Inet6;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(host()->address.text(), "::1");
}

TEST_F(EngineRun, UpHostHasReverseName) {
  options.reverse_dns = Options::ReverseDns::UpOnly;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(host()->reverse_name, "localhost");
}

TEST_F(EngineRun, ScriptTimeoutDoesNotTimeOutHost) {
  options.script_timeout = 100ms;
  script("slow", kSleepsLong);
  EXPECT_EQ(run(), End::Finished);
  EXPECT_FALSE(host()->timed_out);
  EXPECT_EQ(recorder.one<event::ScriptFinished>().outcome, Outcome::TimedOut);
}

TEST_F(EngineRun, DeadlockedScriptIsNamedAndKilled) {
  script("stuck", R"(hostrule = function() return true end
    action = function() nmap.condvar("never")("wait") end)");
  script("other", "hostrule = function() return true end\naction = function() return 'done' end");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(ids(host()->scripts), ElementsAre("other"));
  std::vector<event::ScriptFinished> finished = recorder.all<event::ScriptFinished>();
  std::erase_if(finished, [](const event::ScriptFinished& script) { return script.outcome != Outcome::Killed; });
  ASSERT_THAT(finished, SizeIs(1));
  EXPECT_EQ(finished[0].id, "stuck");
  EXPECT_THAT(finished[0].message, HasSubstr("deadlock"));
}

TEST_F(EngineRun, ChildThreadOfEndedScriptDoesNotDelayHost) {
  script("parent", R"(hostrule = function() return true end
    action = function()
      require"stdnse".new_thread(function() require"stdnse".sleep(600) end)
      return "gone"
    end)");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(ids(host()->scripts), ElementsAre("parent"));
}

TEST_F(EngineRun, ScriptBeyondCpuBudgetIsKilledAlone) {
  options.script_burst = 100ms;
  script("loops", "hostrule = function() return true end\naction = function() while true do pcall(error) end end");
  script("other", "hostrule = function() return true end\naction = function() return 'done' end");
  EXPECT_EQ(run(), End::Finished);
  ASSERT_THAT(ids(host()->scripts), ElementsAre("loops", "other"));
  EXPECT_THAT(
      host()->scripts[0].output,
      ContainsRegex("ERROR: Script was killed: it computed for 0.1 s without waiting .* at .*/loops.nse:[0-9]"));
  EXPECT_EQ(recorder.one<event::RunFinished>().scripts_stopped, 1u);
  EXPECT_THAT(recorder.log(), HasSubstr("Warning: script loops failed against 127.0.0.1: computed for 0.1 s"));
}

TEST_F(EngineRun, DeadlockFoundHasTracebackAndWaitOfEachThread) {
  const std::string lock = R"(hostrule = function() return true end
    action = function() local nmap, stdnse = require"nmap", require"stdnse"
      nmap.mutex(SCRIPT_NAME)("lock") stdnse.sleep(0.1) nmap.mutex(SCRIPT_NAME == "a" and "b" or "a")("lock") return "ok" end)";
  script("a", lock);
  script("b", lock);
  EXPECT_EQ(run(), End::Finished);
  const auto deadlock = recorder.one<event::DeadlockFound>();
  ASSERT_EQ(deadlock.threads.size(), 2u);
  EXPECT_EQ(deadlock.threads[0].id, "a");
  EXPECT_EQ(deadlock.threads[1].waited_for, "a mutex");
  EXPECT_THAT(deadlock.threads[1].traceback, ContainsRegex("b.nse:3: in "));
  EXPECT_THAT(host()->scripts, SizeIs(1)) << "the other one went on";
}

TEST_F(EngineRun, TimedOutScriptHasTracebackAndWait) {
  options.script_timeout = 100ms;
  script("slow", kSleepsLong);
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.one<event::ScriptFinished>().traceback, HasSubstr("slow.nse:"));
  EXPECT_THAT(recorder.one<event::ScriptFinished>().waited_for, Not(IsEmpty()));
}

TEST_F(EngineRun, OsExitEndsOneScriptOnly) {
  script("exits", "hostrule = function() return true end\naction = function() os.exit(0) end");
  script("other", "hostrule = function() return true end\naction = function() return 'done' end");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(ids(host()->scripts), ElementsAre("other"));
  EXPECT_EQ(recorder.one<event::RunFinished>().error, "");
}

TEST_F(EngineRun, ScriptStuckInCTerminatesProcessWithCompleteReport) {
  options.script_burst = 50ms;
  options.unsafe_lua = true;
  script("hangs", "hostrule = function() return true end action = function() " + kSpin + "(1000) end");
  recorder.react = [](const Event& event) {
    if (const auto* host = std::get_if<event::HostFinished>(&event.what))
      fprintf(stderr, "%s is up; ", host->report->address.text().c_str());
    if (const auto* run = std::get_if<event::RunFinished>(&event.what))
      fprintf(stderr, "%zu host; %s\n", run->hosts_up, run->error.c_str());
  };
  EXPECT_EXIT(
      run(), testing::ExitedWithCode(1),
      "127.0.0.1 is up; 1 host; hangs against 127.0.0.1 cannot be stopped, because it computes inside a C function");
}

TEST_F(EngineRun, StuckFinalizerTerminatesProcessAndIsNamed) {
  options.script_burst = 50ms;
  options.unsafe_lua = true;
  script("drops",
         "hostrule = function() return true end action = function()\n"
         "setmetatable({}, {__gc = function() " +
             kSpin + "(1000) end}) collectgarbage() collectgarbage() end");
  recorder.react = [](const Event& event) {
    if (const auto* run = std::get_if<event::RunFinished>(&event.what)) fprintf(stderr, "%s\n", run->error.c_str());
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(1), "the finalizer \\(__gc\\) at .*drops.nse:[0-9]+ cannot be stopped");
}

TEST_F(EngineRun, PacketTraceLogsProbeAndAnswer) {
  const Greeter greeter("hello\n");
  options.ports = std::to_string(greeter.port());
  options.packet_trace = true;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(),
              ContainsRegex("CONN \\([0-9.]*s\\) TCP localhost > 127.0.0.1:[0-9]* => Operation now in progress"));
  EXPECT_THAT(recorder.log(), ContainsRegex("TCP localhost > 127.0.0.1:[0-9]* => Connected"));
}

TEST_F(EngineRun, ScriptsOfOnePortStartBeforeScriptsOfNextPort) {
  const Greeter first("hello\n"), second("hello\n");
  options.ports = std::to_string(first.port()) + ',' + std::to_string(second.port());
  for (const char* id : {"a", "b"})
    script(id, "portrule = function() return true end\naction = function() return 'found' end");
  EXPECT_EQ(run(), End::Finished);
  const auto started = recorder.all<event::ScriptStarted>();
  ASSERT_EQ(started.size(), 4u);
  EXPECT_EQ(started[0].place.port, started[1].place.port);
  EXPECT_EQ(started[2].place.port, started[3].place.port);
}

TEST_F(EngineRun, PartWithoutHostsIsExplainedWithVerbosityOnly) {
  options.targets = {"192.0.2.1"};
  options.port_scan = false;
  options.ports.reset();
  options.shard = {1, 8};
  script("before", "prerule = function() return true end\naction = function() return 'before' end");
  script("after", "postrule = function() return true end\naction = function() return 'after' end");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_total, 0u);
  EXPECT_EQ(recorder.log(), "");
  ASSERT_EQ(recorder.all<event::PhaseFinished>().size(), 2u);
  EXPECT_THAT(ids(recorder.all<event::PhaseFinished>()[0].scripts), ElementsAre("before"));
  EXPECT_THAT(ids(recorder.all<event::PhaseFinished>()[1].scripts), ElementsAre("after"));
  options.verbosity = 1;
  recorder.events.clear();
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), HasSubstr("--shard 1/8: this part of the targets has no host, so 0 hosts scanned."));
  EXPECT_THAT(recorder.log(), Not(HasSubstr("No targets were specified")));
}

TEST_F(EngineRun, TargetsThatScriptsAddAreInEveryPart) {
  options.targets = {};
  options.port_scan = false;
  options.ports.reset();
  options.shard = {1, 65535};
  script("adds", R"(
local nmap = require "nmap"
prerule = function() return true end
action = function() nmap.add_targets("127.0.0.1", "127.0.0.2") end)");
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(recorder.one<event::RunFinished>().hosts_total, 2u);
}

TEST_F(EngineRun, StopReportsScriptResultsSoFar) {
  script("quick", "hostrule = function() return true end\naction = function() return 'found' end");
  script("slow", kSleepsLong);
  std::size_t started = 0;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what) && ++started == 2) engine->stop();
  };
  EXPECT_EQ(run(), End::Stopped);
  EXPECT_EQ(recorder.one<event::RunFinished>().error, "stopped before the end");
  EXPECT_THAT(ids(host()->scripts), ElementsAre("quick"));
  EXPECT_EQ(host()->incomplete, "stopped before the end");
  EXPECT_EQ(recorder.all<event::ScriptFinished>().back().outcome, Outcome::Killed);
}

TEST_F(EngineRun, StopKillsComputingScriptBeforeCpuBudgetEnds) {
  options.script_burst = std::chrono::hours(1);
  script("loops", "hostrule = function() return true end\naction = function() while true do pcall(error) end end");
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->stop();
  };
  EXPECT_EQ(run(), End::Stopped);
  EXPECT_EQ(recorder.one<event::ScriptFinished>().outcome, Outcome::Killed);
  EXPECT_THAT(recorder.one<event::ScriptFinished>().message, HasSubstr("computed after a stop request at "));
}

TEST_F(EngineRun, StopDuringScanReportsPortsSoFar) {
  const Greeter greeter("hello\n");
  options.ports = "1-2000," + std::to_string(greeter.port());
  options.scan_delay = 20ms;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::TaskStarted>(event.what)) engine->stop();
  };
  EXPECT_EQ(run(), End::Stopped);
  EXPECT_LT(host()->ports.size(), 2001u);
}

TEST_F(EngineRun, StopBeforeRunEndsRunAtOnce) {
  options.targets = {"127.0.0.0/8"};
  ASSERT_EQ(create(), "");
  engine->stop();
  EXPECT_EQ(engine->run(), End::Stopped);
  EXPECT_THAT(recorder.all<event::HostStarted>(), IsEmpty());
}

TEST_F(EngineRun, StatsHaveCountsAndOldestScriptThread) {
  script("naps", R"(hostrule = function() return true end
    action = function() require"stdnse".sleep(0.3) end)");
  options.stats_every = 50ms;
  EXPECT_EQ(run(), End::Finished);
  const auto stats = recorder.all<event::Stats>();
  const auto busy = std::find_if(stats.begin(), stats.end(), [](const event::Stats& told) { return told.threads > 0; });
  ASSERT_NE(busy, stats.end());
  EXPECT_EQ(busy->threads, 1u);
  EXPECT_EQ(busy->waiting_for_network, 1u);
  EXPECT_THAT(busy->oldest, HasSubstr("naps against 127.0.0.1"));
}

TEST_F(EngineRun, ReportStatsEmitsStats) {
  script("naps", R"(hostrule = function() return true end
    action = function() require"stdnse".sleep(0.1) end)");
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->report_stats();
  };
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(recorder.one<event::Stats>().hosts_open, 1u);
  EXPECT_EQ(recorder.one<event::Stats>().hosts_done, 0u);
  EXPECT_EQ(recorder.one<event::Stats>().hosts_up, 1u) << "also of hosts that are not done";
}

TEST_F(EngineRun, StatsLogTracebacksOfScriptThreadsAtDebuggingTwo) {
  script("naps", R"(local function nap() require"stdnse".sleep(0.2) end
    hostrule = function() return true end
    action = function() nap() end)");
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->report_stats();
  };
  options.debugging = 1;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), testing::Not(HasSubstr("stack traceback")));
  options.debugging = 2;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), ContainsRegex("NSE: M:[0-9a-f]* naps against 127.0.0.1 (waits [0-9.]* s for|is ready)"));
  EXPECT_THAT(recorder.log(), HasSubstr("stack traceback"));
}

TEST_F(EngineRun, StatusHasCountersOfRunWithoutEvents) {
  const Greeter greeter("hello\n");
  options.ports = std::to_string(greeter.port());
  script("naps", R"(hostrule = function() return true end
    action = function() require"stdnse".sleep(0.3) end)");
  std::optional<RunStatus> status;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) status = engine->status();
    if (std::holds_alternative<event::ScriptFinished>(event.what)) status = engine->status();
  };
  EXPECT_EQ(run(), End::Finished);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->stats.hosts_open, 1u);
  EXPECT_EQ(status->stats.hosts_up, 1u);
  EXPECT_EQ(status->stats.threads, 1u);
  EXPECT_EQ(status->ports, 1u);
  EXPECT_EQ(status->task, "NSE");
  EXPECT_EQ(status->slowest, "naps against 127.0.0.1");
  EXPECT_THAT(recorder.all<event::Stats>(), IsEmpty());
  EXPECT_THAT(recorder.all<event::TaskProgress>(), IsEmpty());
}

TEST_F(EngineRun, StatusDescribesNoThreadsAtDebuggingTwo) {
  script("naps", R"(hostrule = function() return true end
    action = function() require"stdnse".sleep(0.2) end)");
  options.debugging = 2;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->status();
  };
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.log(), testing::Not(HasSubstr("stack traceback")));
}

TEST_F(EngineRun, ProgressNamesStartedTask) {
  script("naps", R"(hostrule = function() return true end
    action = function() require"stdnse".sleep(0.3) end)");
  script("quick", "hostrule = function() return true end\naction = function() return 'found' end");
  options.verbosity = 1;
  options.progress_every = 20ms;
  EXPECT_EQ(run(), End::Finished);
  const auto told = recorder.all<event::TaskProgress>();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().task, "NSE");
  EXPECT_GT(told.back().percent, 0);
  EXPECT_GT(told.back().remaining, 0u);
}

TEST_F(EngineRun, ProgressWithoutVerbosityRequiresWatchedAfter) {
  script("naps", R"(hostrule = function() return true end
    action = function() require"stdnse".sleep(0.3) end)");
  script("quick", "hostrule = function() return true end\naction = function() return 'found' end");
  options.progress_every = 20ms;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.all<event::TaskProgress>(), IsEmpty());
  options.watched_after = 100ms;
  EXPECT_EQ(run(), End::Finished);
  EXPECT_FALSE(recorder.all<event::TaskProgress>().empty());
}

TEST_F(EngineRun, ProgressOfPreScanScriptsIsEmitted) {
  script("naps", R"(prerule = function() return true end
    action = function() require"stdnse".sleep(0.2) end)");
  script("quick", "prerule = function() return true end\naction = function() return 'found' end");
  options.watched_after = options.progress_every = 20ms;
  EXPECT_EQ(run(), End::Finished);
  ASSERT_FALSE(recorder.all<event::TaskProgress>().empty());
  EXPECT_EQ(recorder.all<event::TaskProgress>()[0].task, "NSE");
}

TEST_F(EngineRun, SetLevelsEmitsEventAndIsVisibleToScripts) {
  script("talks", R"(hostrule = function() return true end
    action = function()
      local nmap, stdnse = require "nmap", require "stdnse"
      while nmap.verbosity() < 4 do stdnse.sleep(0.01) end
      return nmap.verbosity() .. " " .. nmap.debugging()
    end)");
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->set_levels(3, 99);
  };
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(recorder.one<event::LevelsChanged>().verbosity, 3);
  EXPECT_EQ(host()->scripts[0].output, "4 10");  // one more for a script that is selected by name
}

TEST_F(EngineRun, ReportStatsEmitsProgressOfRun) {
  options.targets = {"127.0.0.1-4"};
  options.min_hostgroup = options.max_hostgroup = 1;
  script("naps", R"(hostrule = function() return true end
    action = function(host) if host.ip == "127.0.0.2" then require"stdnse".sleep(0.2) end end)");
  script("quick", "hostrule = function() return true end\naction = function() return 'found' end");
  std::size_t started = 0;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::HostFinished>(event.what) && ++started == 1) engine->report_stats();
  };
  EXPECT_EQ(run(), End::Finished);
  const auto told = recorder.one<event::TaskProgress>();
  EXPECT_GE(told.percent, 25);
  EXPECT_LT(told.percent, 100);
  EXPECT_GE(told.etc, std::chrono::system_clock::now() - std::chrono::seconds(20));
}

TEST_F(EngineRun, HostScannedPrecedesScriptStarted) {
  const Greeter greeter("hello\n");
  options.ports = std::to_string(greeter.port());
  script("quick", "hostrule = function() return true end\naction = function() return 'found' end");
  bool scanned = false;
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) {
      EXPECT_TRUE(scanned);
    }
    if (const auto* host = std::get_if<event::HostScanned>(&event.what)) scanned = !host->report->ports.empty();
  };
  EXPECT_EQ(run(), End::Finished);
  EXPECT_THAT(recorder.one<event::HostScanned>().report->scripts, IsEmpty()) << "it changes no more";
  EXPECT_THAT(ids(host()->scripts), ElementsAre("quick"));
}

TEST_F(EngineRun, TaskOfSeveralHostsIsEmittedOnce) {
  options.targets = {"127.0.0.1-9"};
  EXPECT_EQ(run(), End::Finished);
  EXPECT_EQ(recorder.one<event::TaskStarted>().task, "Connect Scan");
  EXPECT_EQ(recorder.one<event::TaskEnded>().extra, "9 total ports");
}

}  // namespace
}  // namespace sluice::engine
