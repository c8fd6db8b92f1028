// SPDX-License-Identifier: Apache-2.0
// The rules of socket slots that the SlotPool and the Scheduler implement together: who holds a slot, when it is
// returned, and in which order waiters are granted one and resumed. tests/nse tests the rules of the connect call.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "core/scheduler.hpp"
#include "core/slot_pool.hpp"
#include "support/manual_clock.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}

// Replace the library's operators, to count allocations. They are not inlined: gcc 12 warns of a mismatched pair if it
// inlines operator new, a malloc, and not the operator delete beside it.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size ? size : 1);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace sluice::core {
namespace {

using namespace std::chrono_literals;
using Step = Runnable::Step;
using Names = std::vector<std::string>;

class SlotScheduling : public ::testing::Test {
 protected:
  /// A script thread without a script. Each resume calls `body`.
  struct Script : Runnable {
    Script(SlotScheduling& test, HostSlotQueue& line, std::string what, std::function<Step(Script&)> does)
        : home(test), name(std::move(what)), body(std::move(does)), lease(*test.pool, line) {
      id = home.scheduler.add(*this);
    }
    Step resume() noexcept override {
      home.ran.push_back(name);
      ++resumed;
      home.pool->resumed(lease);
      const Step step = body(*this);
      step == Step::Ended ? home.pool->ended(lease) : home.pool->suspended(lease);
      return step;
    }
    /// Requests a slot. Returns true if a socket is open now. If false, suspend, and call connect again when resumed.
    bool connect() {
      ticket = home.scheduler.start_operation(id);
      if (!home.pool->request(lease, {&home.scheduler, ticket})) return false;
      home.pool->opened(lease);
      return true;
    }
    /// Starts an operation of the network and suspends.
    Step wait() {
      ticket = home.scheduler.start_operation(id);
      return Step::Suspended;
    }
    void close() { home.pool->closed(lease); }
    SlotScheduling& home;
    std::string name;
    std::function<Step(Script&)> body;
    Lease lease;
    ThreadId id;
    Ticket ticket;
    unsigned resumed = 0;
  };

  void limit(std::size_t total, std::size_t per_host) { pool.emplace(SlotPool::Limits{total, per_host}); }
  Script& script(HostSlotQueue& line, std::string name, std::function<Step(Script&)> body) {
    return scripts.emplace_back(*this, line, std::move(name), std::move(body));
  }
  /// Connects, waits for the network with its socket open, and ends when that operation completes.
  static Step connect_and_wait(Script& self) {
    if (self.lease.open_sockets() > 0) return Step::Ended;
    return self.connect() ? self.wait() : Step::Suspended;
  }
  void answer(Script& waiting) { scheduler.complete(waiting.ticket, {}); }

  ManualClock clock;
  Scheduler scheduler{clock};
  std::optional<SlotPool> pool;
  HostSlotQueue host, other_host;
  std::deque<Script> scripts;
  Names ran;
};

TEST_F(SlotScheduling, SlotHolderOpensAnyNumberOfSockets) {
  limit(1, 1);
  Script& thread = script(host, "a", [](Script& self) {
    for (int socket = 0; socket < 100; ++socket) EXPECT_TRUE(self.connect());
    return self.wait();
  });
  scheduler.run_turn();
  EXPECT_EQ(thread.lease.open_sockets(), 100u);
  EXPECT_EQ(pool->held(), 1u);
}

TEST_F(SlotScheduling, ThousandThreadsUseAllFiftySlotsAndNoMore) {
  limit(50, 50);
  for (int i = 0; i < 1000; ++i) script(host, "x", connect_and_wait);
  std::size_t done = 0;
  scheduler.run_turn();
  while (scheduler.size() > 0) {
    ASSERT_EQ(pool->held(), std::min<std::size_t>(50, 1000 - done));
    ASSERT_EQ(pool->waiting(), 1000 - done - pool->held());
    for (Script& each : scripts)
      if (each.lease.open_sockets() > 0) answer(each);
    const std::size_t before = scheduler.size();
    scheduler.run_turn();  // the holders end
    done += before - scheduler.size();
    scheduler.run_turn();  // the threads that were granted the slots connect
  }
  EXPECT_EQ(done, 1000u);
  EXPECT_EQ(scheduler.resumes(), 50u * 2 + 950u * 3) << "grants was woken in vain";
}

TEST_F(SlotScheduling, WaiterIsNotResumedUntilGranted) {
  limit(1, 1);
  Script& holder = script(host, "holder", connect_and_wait);
  Script& waiter = script(host, "waiter", connect_and_wait);
  for (int turn = 0; turn < 5; ++turn) scheduler.run_turn();
  EXPECT_EQ(waiter.resumed, 1u);
  EXPECT_TRUE(waiter.lease.waiting());
  answer(holder);
  scheduler.run_turn();
  scheduler.run_turn();
  EXPECT_EQ(waiter.resumed, 2u);
  EXPECT_EQ(waiter.lease.open_sockets(), 1u);
}

TEST_F(SlotScheduling, SlotIsReturnedWhenLastSocketIsCollected) {
  limit(1, 1);
  Script& holder = script(host, "holder", [](Script& self) {
    EXPECT_TRUE(self.connect());
    EXPECT_TRUE(self.connect());
    return self.wait();  // its sockets are garbage
  });
  Script& waiter = script(host, "waiter", connect_and_wait);
  scheduler.run_turn();
  holder.close();  // the garbage collector closes one
  EXPECT_FALSE(scheduler.ready());
  holder.close();  // and the other one
  EXPECT_TRUE(waiter.lease.holds_slot());
  EXPECT_FALSE(holder.lease.holds_slot()) << "though it lives on";
}

TEST_F(SlotScheduling, KilledThreadReturnsSlotDespiteOpenSockets) {
  limit(1, 1);
  Script& holder = script(host, "holder", connect_and_wait);
  Script& waiter = script(host, "waiter", connect_and_wait);
  scheduler.run_turn();
  scheduler.remove(holder.id);  // killed with open sockets
  pool->ended(holder.lease);
  EXPECT_TRUE(waiter.lease.holds_slot());
  answer(holder);
  EXPECT_EQ(scheduler.run_turn(), 1u) << "the late answer wakes grants";
}

TEST_F(SlotScheduling, SlotReturnedOnSuspendResumesWaiterInNextTurn) {
  limit(1, 1);
  Script& holder = script(host, "holder", [](Script& self) {
    if (self.lease.open_sockets() == 0) return self.connect() ? self.wait() : Step::Suspended;
    self.close();
    return self.wait();
  });
  script(host, "waiter", connect_and_wait);
  scheduler.run_turn();
  ran.clear();
  answer(holder);
  scheduler.run_turn();
  EXPECT_EQ(ran, Names{"holder"});
  EXPECT_TRUE(scheduler.ready());
  scheduler.run_turn();
  EXPECT_EQ(ran, (Names{"holder", "waiter"}));
}

TEST_F(SlotScheduling, FailedConnectReturnsSlotLikeClose) {
  limit(1, 1);
  Script& holder = script(host, "holder", [](Script& self) {
    if (self.lease.open_sockets() == 0) return self.connect() ? self.wait() : Step::Suspended;
    self.close();  // the connect was refused
    return self.wait();
  });
  Script& waiter = script(host, "waiter", connect_and_wait);
  scheduler.run_turn();
  scheduler.complete(holder.ticket, {.status = Status::Error, .error = 111});
  scheduler.run_turn();
  EXPECT_FALSE(holder.lease.holds_slot());
  EXPECT_TRUE(waiter.lease.holds_slot());
}

TEST_F(SlotScheduling, SlotGrantedBetweenTurnsResumesWaiterInNextTurn) {
  limit(1, 1);
  Script& holder = script(host, "holder", connect_and_wait);
  script(host, "waiter", connect_and_wait);
  scheduler.run_turn();
  script(host, "ready", [](Script&) { return Step::Ended; });
  ran.clear();
  holder.close();
  EXPECT_EQ(scheduler.run_turn(), 2u);
  EXPECT_EQ(ran, (Names{"ready", "waiter"}));
}

TEST_F(SlotScheduling, ReconnectWithinOneResumeKeepsSlot) {
  limit(1, 1);
  Script& holder = script(host, "holder", [](Script& self) {
    if (self.lease.open_sockets() > 0) self.close();
    return self.connect() ? self.wait() : Step::Suspended;
  });
  Script& waiter = script(host, "waiter", connect_and_wait);
  scheduler.run_turn();
  for (int i = 0; i < 20; ++i) {
    answer(holder);
    EXPECT_EQ(scheduler.run_turn(), 1u);
  }
  EXPECT_EQ(holder.lease.open_sockets(), 1u);
  EXPECT_EQ(waiter.resumed, 1u);
}

TEST_F(SlotScheduling, SlotPoolDoesNotAllocate) {
  struct Grants : Completions {
    void complete(Ticket, Reply) override { ++handed; }
    int handed = 0;
  } grants;
  SlotPool counted({10, 10});
  std::deque<Lease> leases;
  for (int i = 0; i < 100; ++i) leases.emplace_back(counted, i % 2 ? host : other_host);
  const std::size_t before = allocations;
  for (Lease& lease : leases) {
    if (counted.request(lease, {&grants, {}})) counted.opened(lease);
    counted.suspended(lease);
  }
  for (Lease& lease : leases) {
    counted.resumed(lease);
    if (lease.open_sockets() == 0) counted.opened(lease);
    counted.closed(lease);
    counted.suspended(lease);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(grants.handed, 90);
}

TEST_F(SlotScheduling, LongestWaiterOfHostIsFirstAndHostsTakeTurns) {
  limit(1, 20);
  script(host, "holder", connect_and_wait);
  for (const char* name : {"a1", "a2", "a3"}) script(host, name, connect_and_wait);
  for (const char* name : {"b1", "b2"}) script(other_host, name, connect_and_wait);
  scheduler.run_turn();
  Names served;
  while (scheduler.size() > 0) {
    for (Script& each : scripts)
      if (each.lease.open_sockets() > 0) {
        served.push_back(each.name);
        answer(each);
      }
    scheduler.run_turn();
    scheduler.run_turn();
  }
  EXPECT_EQ(served, (Names{"holder", "a1", "b1", "a2", "b2", "a3"}));
}

TEST_F(SlotScheduling, ReturnedSlotResumesOneWaiterOnly) {
  limit(1, 1);
  Script& holder = script(host, "holder", connect_and_wait);
  for (int i = 0; i < 100; ++i) script(host, "waiter", connect_and_wait);
  scheduler.run_turn();
  answer(holder);
  scheduler.run_turn();
  EXPECT_EQ(scheduler.run_turn(), 1u);
  EXPECT_EQ(pool->waiting(), 99u);
}

TEST_F(SlotScheduling, SlotsAreGrantedWithoutTimePassing) {
  limit(1, 1);
  for (int i = 0; i < 10; ++i) {
    script(host, "x", [](Script& self) {
      if (!self.connect()) return Step::Suspended;
      self.close();
      return Step::Ended;
    });
  }
  const TimePoint before = clock.now();
  while (scheduler.ready()) scheduler.run_turn();
  EXPECT_EQ(scheduler.size(), 0u);
  EXPECT_EQ(clock.now(), before);
}

TEST_F(SlotScheduling, FullHostLeavesFreeSlotsToOtherHosts) {
  limit(3, 1);
  script(host, "a1", connect_and_wait);
  script(host, "a2", connect_and_wait);
  script(other_host, "b1", connect_and_wait);
  scheduler.run_turn();
  EXPECT_EQ(host.held(), 1u);
  EXPECT_EQ(other_host.held(), 1u);
  EXPECT_EQ(pool->waiting(), 1u);
  EXPECT_EQ(pool->held(), 2u) << "a2 waits for its host though a slot is free";
}

}  // namespace
}  // namespace sluice::core
