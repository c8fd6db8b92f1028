// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "engine_fixture.hpp"

// An engine with the default platform does not change the state of the process.

namespace sluice::engine {
namespace {

using testing::HasSubstr;

struct DefaultPolicy : EngineTest {
  Engine::End run() {
    auto made = Engine::create(options, recorder);
    EXPECT_TRUE(made);
    return made ? (*made)->run() : Engine::End::Failed;
  }
};

TEST_F(DefaultPolicy, SignalHandlersAndLimitsAreUnchanged) {
  rlimit before{}, after{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low{std::min<rlim_t>(200, before.rlim_max), before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &low);
  struct sigaction handler {};
  ::sigaction(SIGVTALRM, nullptr, &handler);
  const auto handler_before = handler.sa_handler;
  script("computing", R"(
hostrule = function() return true end
action = function()
  for i = 1, 1000000 do end
  return "done"
end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(host()->scripts.at(0).output, "done");
  ::getrlimit(RLIMIT_NOFILE, &after);
  EXPECT_EQ(after.rlim_cur, low.rlim_cur);
  ::sigaction(SIGVTALRM, nullptr, &handler);
  EXPECT_EQ(handler.sa_handler, handler_before);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(DefaultPolicy, ScriptBeyondCpuBudgetIsKilled) {
  options.script_burst = std::chrono::milliseconds(200);
  script("runaway", R"(
hostrule = function() return true end
action = function()
  while true do pcall(string.rep, "x", 10) end
end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_THAT(host()->scripts.at(0).output, HasSubstr("was killed"));
}

TEST_F(DefaultPolicy, ComputingScriptIsPreemptedForOtherScripts) {
  options.script_slice = std::chrono::milliseconds(5);
  script("computing", R"(
local nmap = require "nmap"
hostrule = function() return true end
action = function()
  while not nmap.registry.seen do end
  return "preempted"
end)");
  script("other", R"(
local nmap = require "nmap"
hostrule = function() return true end
action = function() nmap.registry.seen = true end)");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(host()->scripts.at(0).output, "preempted");
}

}  // namespace
}  // namespace sluice::engine
