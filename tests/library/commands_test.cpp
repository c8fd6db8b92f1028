// SPDX-License-Identifier: Apache-2.0
// Scripts that run commands with the shell of the system.
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>

#include "engine_fixture.hpp"

namespace sluice::engine {
namespace {

using namespace std::chrono_literals;

constexpr const char* kRule = "hostrule = function() return true end\n";

struct ScriptCommand : EngineTest {
  void TearDown() override {
    engine.reset();
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
  }
  std::string path(const std::string& name) const { return (directory / name).string(); }
  std::string result(const std::string& id) const {
    for (const auto& finished : recorder.all<event::ScriptFinished>())
      if (finished.id == id) return finished.result ? finished.result->output : finished.message;
    return "did not run";
  }
};

TEST_F(ScriptCommand, OtherScriptsRunDuringCommand) {
  // The command ends when the other script has written to its FIFO. The timeout bounds the test if no script can.
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  script("a", std::string(kRule) +
                  "action = function() local _, how, code = os.execute('exec timeout 15 sh -c \"read n < " +
                  path("fifo") + "; exit \\\\$n\"') return how .. code end");
  script("b", std::string(kRule) + "action = function() local f = io.open('" + path("fifo") +
                  "', 'w') f:write('7\\n') f:close() return io.popen('echo two; echo lines'):read('a') end");
  EXPECT_EQ(run(), Engine::End::Finished);
  EXPECT_EQ(result("a"), "exit7");
  EXPECT_EQ(result("b"), "two\nlines\n");
}

TEST_F(ScriptCommand, ScriptTimeoutKillsCommands) {
  options.script_timeout = 300ms;
  script("executes", std::string(kRule) + "action = function() os.execute('exec sleep 1000') end");
  script("reads", std::string(kRule) + "action = function() io.popen('exec sleep 1000'):read() end");
  EXPECT_EQ(run(), Engine::End::Finished);
  for (const auto& finished : recorder.all<event::ScriptFinished>())
    EXPECT_EQ(finished.outcome, event::Outcome::TimedOut);
}

TEST_F(ScriptCommand, StopKillsCommands) {
  script("executes", std::string(kRule) + "action = function() os.execute('exec sleep 1000') end");
  recorder.react = [&](const Event& event) {
    if (std::holds_alternative<event::ScriptStarted>(event.what)) engine->stop();
  };
  EXPECT_EQ(run(), Engine::End::Stopped);
}

}  // namespace
}  // namespace sluice::engine
