// SPDX-License-Identifier: Apache-2.0
#include <sys/time.h>

#include <atomic>
#include <csignal>

#include "engine_fixture.hpp"

// Requests to a run from a signal handler, which may interrupt the run at any instruction.

namespace sluice::engine {
namespace {

Engine* interrupted = nullptr;
std::atomic<int> signals = 0;
constexpr int kSignals = 300;  ///< until the run is stopped

void on_alarm(int) {
  const int number = ++signals;
  interrupted->report_stats();
  interrupted->set_levels(number % 3, 0);
  if (number >= kSignals) interrupted->stop();
}

/// Raises SIGALRM every 100 us during its lifetime.
class Alarms {
 public:
  explicit Alarms(Engine& engine) {
    interrupted = &engine;
    signals = 0;
    struct sigaction action {};
    action.sa_handler = on_alarm;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGALRM, &action, &before_);
    set(100);
  }
  ~Alarms() {
    set(0);
    ::sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  static void set(suseconds_t period) {
    const itimerval times{{0, period}, {0, period}};
    ::setitimer(ITIMER_REAL, &times, nullptr);
  }
  struct sigaction before_ {};
};

struct AsyncSignals : EngineTest {};

TEST_F(AsyncSignals, RequestsFromSignalHandlerStopRun) {
  options.port_scan = false;
  options.ports.reset();
  options.targets = {"127.0.0.0/16"};
  script("busy", R"(
local stdnse = require "stdnse"
hostrule = function() return true end
action = function(host)
  stdnse.sleep(0.01)
  return host.ip
end)");
  for (const unsigned workers : {1u, 4u}) {
    options.workers = workers;
    for (int round = 0; round < 3; ++round) {
      recorder.events.clear();
      auto made = Engine::create(options, recorder, command_platform());
      ASSERT_TRUE(made) << made.error().message;
      {
        const Alarms alarms(**made);
        EXPECT_EQ((*made)->run(), Engine::End::Stopped);
      }
      EXPECT_EQ(recorder.all<event::RunFinished>().size(), 1u);
    }
  }
}

}  // namespace
}  // namespace sluice::engine
