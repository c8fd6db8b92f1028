// SPDX-License-Identifier: Apache-2.0
#include "support/runtime_fixture.hpp"

// The clean-up after a script thread that ends while it waits, and its order.

namespace sluice::nse {
namespace {

using ::testing::ElementsAre;

struct PendingOperation : RuntimeFixture {
  PendingOperation() : RuntimeFixture({1, 1}) {}

  void on_script_finished(ScriptThread& thread, event::ScriptFinished done) override {
    order.push_back(done.id);
    awaited.push_back(done.waited_for);
    names.push_back(done.thread);
    RuntimeFixture::on_script_finished(thread, std::move(done));
  }
  /// Runs the ready script threads. Does not advance the clock.
  void run_ready() {
    while (scheduler.ready()) {
      scheduler.run_turn();
      runtime->reap();
    }
  }
  void start_all(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) start_port(id);
    run_ready();
  }

  std::vector<std::string> order, awaited, names;
};

TEST_F(PendingOperation, KilledThreadWithdrawsSlotRequest) {
  options.script_timeout = std::chrono::seconds(5);
  script("holds", "local s = nmap.new_socket() s:connect(host, port) s:receive()");
  script("waits", "nmap.new_socket():connect(host, port)");
  network.tcp("192.0.2.1", 80);
  start_all({"holds", "waits"});
  EXPECT_EQ(slots.waiting(), 1u);
  runtime->kill(&host, event::Outcome::Killed);
  EXPECT_EQ(slots.waiting(), 0u);
  EXPECT_EQ(deadlines.size(), 0u);
}

TEST_F(PendingOperation, KilledSleepingThreadCancelsDeadline) {
  script("sleeps", "stdnse.sleep(10)");
  start_all({"sleeps"});
  EXPECT_EQ(deadlines.size(), 1u);
  runtime->kill(&host, event::Outcome::Killed);
  EXPECT_EQ(deadlines.size(), 0u);
  EXPECT_THAT(awaited, ElementsAre("sleep"));
}

TEST_F(PendingOperation, KilledThreadLeavesTheQueueOfAMutex) {
  script("holds", "local m = nmap.mutex('m') m 'lock' stdnse.sleep(1) m 'done' return 'released'");
  script("waits", "nmap.mutex('m') 'lock'");
  start_all({"holds", "waits"});
  EXPECT_EQ(runtime->waiting_for_network(), 1u);
  host.threads.back().kill(event::Outcome::Killed);
  EXPECT_EQ(runtime->waiting_for_network(), 1u);
  run();
  EXPECT_EQ(result("holds"), "released");
}

TEST_F(PendingOperation, SocketOfAKilledThreadCanBeConnectedAgain) {
  network.tcp("192.0.2.1", 80);
  script("parent", R"(
    local s = nmap.new_socket()
    s:connect(host, port)
    stdnse.new_thread(function() s:receive() end)
    stdnse.sleep(1)
    assert(not pcall(s.connect, s, host, port))
    stdnse.sleep(1)
    return tostring(s:connect(host, port)))");
  start_all({"parent"});
  clock.advance(std::chrono::milliseconds(1500));
  deadlines.expire(clock.now());
  run_ready();
  ASSERT_EQ(runtime->threads(), 2u);
  host.threads.back().kill(event::Outcome::Killed);
  run();
  EXPECT_EQ(result("parent"), "true");
}

TEST_F(PendingOperation, ConnectStagesAreSeparateOperations) {
  options.script_timeout = std::chrono::seconds(5);
  network.name("slow.example", {});
  script("first", "nmap.new_socket():connect('slow.example', 80)");
  script("second", "nmap.new_socket():connect(host, port)");
  start_all({"first", "second"});
  run();
  EXPECT_THAT(order, ElementsAre("first", "second"));
  EXPECT_THAT(awaited, ElementsAre("a name", "a socket slot"));
}

TEST_F(PendingOperation, EndedThreadSignalsCondvarsInOrderOfCreation) {
  std::vector<std::string> ids;
  for (int i = 0; i < 9; ++i) {
    ids.push_back("s" + std::to_string(i));
    script(ids.back(), "nmap.condvar('" + ids.back() + "') 'wait'");
  }
  start_all(ids);
  script("ends", "for i = 8, 0, -1 do nmap.condvar('s' .. i) end");
  start_all({"ends"});
  ids.insert(ids.begin(), "ends");
  EXPECT_EQ(order, ids);
}

TEST_F(PendingOperation, DeadlockKillsEquallyLongWaitersInOrderOfStart) {
  std::vector<std::string> ids;
  for (int i = 0; i < 9; ++i) {
    ids.push_back("s" + std::to_string(i));
    script(ids.back(), "nmap.mutex('" + ids.back() + "') 'lock' nmap.condvar('" + ids.back() + "') 'wait'");
  }
  start_all(ids);
  runtime->end_deadlocked();
  EXPECT_EQ(order, ids);
  ASSERT_EQ(deadlocks.size(), 1u);
  std::vector<std::string> described;
  for (const auto& thread : deadlocks[0].threads) described.push_back(thread.id);
  EXPECT_EQ(described, ids);
}

TEST_F(PendingOperation, ThreadsAreNumberedInOrderOfStart) {
  script("fails", "stdnse.new_thread(function() error('child') end) error('x')");
  start_all({"fails", "fails"});
  EXPECT_THAT(names, ElementsAre("M:1", "M:2"));
  ASSERT_EQ(failed_workers.size(), 2u);
  EXPECT_EQ(failed_workers[0].thread, "W:3");
  EXPECT_EQ(failed_workers[1].thread, "W:4");
}

TEST_F(PendingOperation, KilledThreadIsDestroyedBeforeHost) {
  script("sleeps", "stdnse.sleep(10)");
  start_all({"sleeps"});
  runtime->kill(&host, event::Outcome::Killed);
  EXPECT_TRUE(host.threads.empty());
  EXPECT_EQ(host.thread_objects, 1u);
  runtime->leave(host);
  entered = false;
  EXPECT_EQ(host.thread_objects, 0u);
}

#ifndef NDEBUG
TEST(ScriptHost, DestroyWithUndestroyedThreadAsserts) {
  EXPECT_DEATH(
      {
        ScriptHost host;
        host.thread_objects = 1;
      },
      "thread_objects == 0");
}
#endif

}  // namespace
}  // namespace sluice::nse
