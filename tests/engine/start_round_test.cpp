// SPDX-License-Identifier: Apache-2.0
#include <sluice/observer.hpp>

#include "engine/script_run.hpp"
#include "support/runtime_fixture.hpp"

namespace sluice::engine {
namespace {

using nse::ScriptRule;

struct Deaf final : Observer {
  void on_event(const Event&) noexcept override {}
};

/// A host with more ports than one turn starts scripts for, and one script for all ports.
class StartRound : public nse::RuntimeFixture {
 protected:
  static constexpr std::size_t kPorts = 150;

  void begin(const std::string& source) {
    report.ports.clear();
    for (std::uint16_t port = 1; port <= kPorts; ++port)
      report.ports.push_back({port, Protocol::Tcp, PortState::Open, Reason::SynAck, 0, "", nullptr});
    ASSERT_EQ(load("each", source), "");
    auto ready = std::make_unique<ReadyScript>();
    ready->script = std::move(scripts.at("each"));
    scripts.clear();
    std::vector<std::unique_ptr<ReadyScript>> one;
    one.push_back(std::move(ready));
    set = ScriptSet(std::move(one), {1});
    runtime->enter(host);
    entered = true;
    of_host.emplace(ScriptRun::Parts{*runtime, set, events}, host);
    ASSERT_TRUE(of_host->next_level());
  }
  void TearDown() override {
    of_host.reset();
    set = {};
    RuntimeFixture::TearDown();
  }

  Deaf deaf;
  EventStream events{deaf, clock, [] {}, 0, 0};
  ScriptSet set;
  std::optional<ScriptRun> of_host;
};

TEST_F(StartRound, FirstScriptThreadsRunBeforeLastOnesStart) {
  begin("portrule = function() return false end action = portrule");
  engine::StartRound round(*runtime, 1000);
  round.add(*of_host);
  std::size_t most = 0;
  while (round.ready()) {
    round.run_turn();
    most = std::max(most, runtime->threads());
    run();
  }
  EXPECT_EQ(ended, kPorts);
  EXPECT_LT(most, kPorts);
}

TEST_F(StartRound, WaitingScriptThreadsDoNotBlockStartsBelowLimit) {
  begin(
      "portrule = function() return true end\n"
      "action = function() require 'stdnse'.sleep(1) end");
  engine::StartRound round(*runtime, kPorts - 1);
  round.add(*of_host);
  while (round.ready()) {
    round.run_turn();
    scheduler.run_turn();
  }
  EXPECT_EQ(runtime->threads(), kPorts - 1);
  EXPECT_TRUE(of_host->can_start());
  run();
}

}  // namespace
}  // namespace sluice::engine
