// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <malloc.h>

#include "engine_fixture.hpp"

namespace sluice::engine {
namespace {

/// Memory in use after all hosts are done and all garbage is collected.
struct Held {
  double lua_kilobytes = 0;
  std::size_t bytes = 0;  ///< of the whole process; not available under sanitizers
};

/// Counts the events. Unlike Recorder, it does not store them.
struct Measure final : Observer {
  std::size_t hosts = 0, results = 0, failures = 0;
  std::optional<Held> held;
  void on_event(const Event& event) override {
    if (std::holds_alternative<event::HostFinished>(event.what)) ++hosts;
    const auto* script = std::get_if<event::ScriptFinished>(&event.what);
    if (!script) return;
    if (script->id == "measures")
      held = {std::stod(script->result->output), ::mallinfo2().uordblks};
    else
      ++(script->result ? results : failures);
  }
};

struct EngineMemory : EngineTest {
  void SetUp() override {
    EngineTest::SetUp();
    options.ports = "1-3";
    options.debugging = 1;  // so that failed scripts have no result
    options.max_hostgroup = 16;
    script("measures", R"(
      postrule = function() return true end
      action = function()
        for _ = 1, 3 do collectgarbage() end
        return tostring(collectgarbage 'count')
      end)");
  }
  void script(const std::string& id, const std::string& text) {
    EngineTest::script(id, "local nmap, stdnse = require 'nmap', require 'stdnse'\n" + text);
  }
  Held held_after(const std::string& targets, std::size_t hosts) {
    options.targets = {targets};
    Measure measure;
    auto made = Engine::create(options, measure);
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_EQ((*made)->run(), Engine::End::Finished);
    EXPECT_EQ(measure.hosts, hosts);
    EXPECT_EQ(measure.results, results_per_host * hosts);
    EXPECT_EQ(measure.failures, failures_per_host * hosts);
    EXPECT_TRUE(measure.held);
    return measure.held.value_or(Held{});
  }
  void expect_nothing_left_of_hosts() {
    // Both numbers exceed the number of hosts that are open at a time, for which the engine keeps memory.
    constexpr std::size_t kFew = 1200, kMany = 2400;
    constexpr const char* kFewAddresses = "127.1.0-11.0-99";
    held_after(kFewAddresses, kFew);  // makes the allocations that a process makes once
    const Held few = held_after(kFewAddresses, kFew), many = held_after("127.1.0-11.0-199", kMany);
    // Both bounds are less than the smallest object per host.
    EXPECT_LT(many.lua_kilobytes, few.lua_kilobytes + 0.02 * (kMany - kFew));
    EXPECT_LT(many.bytes, few.bytes + 20 * (kMany - kFew));
  }

  std::size_t results_per_host = 0, failures_per_host = 0;
};

TEST_F(EngineMemory, FinishedHostsLeaveNoMemory) {
  script("opens", R"(
    hostrule = function() return true end
    action = function(host)
      for number = 1, 3 do
        local port = {number = number, protocol = 'tcp', version = {product = ('p'):rep(100), cpe = {'cpe:/a:b:c'}}}
        nmap.set_port_version(host, port)
        nmap.set_port_state(host, port, 'open')
      end
      host.registry.large = ('x'):rep(1000)
      return {large = ('y'):rep(1000), {'nested'}}
    end)");
  script("connects", R"(
    dependencies = {'opens'}
    portrule = function() return true end
    action = function(host, port)
      local socket = nmap.new_socket()
      local ok, why = socket:connect(host, port)
      nmap.new_socket('udp'):sendto(host, port, 'dropped unclosed')
      return why
    end)");
  script("fails", R"(
    dependencies = {'opens'}
    portrule = function() return true end
    action = function(host) error {host.ip} end)");
  results_per_host = 1 + 3;
  failures_per_host = 3;
  expect_nothing_left_of_hosts();
}

TEST_F(EngineMemory, ChildThreadsAndSharedObjectsLeaveNoMemory) {
  script("works", R"(
    hostrule = function() return true end
    action = function(host)
      local shared = {host = host}
      shared.mutex, shared.condvar = nmap.mutex(shared), nmap.condvar(shared)
      local by_name = nmap.mutex(host.ip)
      by_name 'lock'
      stdnse.new_thread(function() shared.condvar 'wait' end)
      stdnse.new_thread(function() shared.mutex 'lock' stdnse.sleep(600) end)
      stdnse.sleep(0.001)
      return host.ip
    end)");
  results_per_host = 1;
  expect_nothing_left_of_hosts();
}

}  // namespace
}  // namespace sluice::engine
