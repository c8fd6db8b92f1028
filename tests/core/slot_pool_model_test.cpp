// SPDX-License-Identifier: Apache-2.0
// Applies random steps of many threads to a SlotPool and to a reference, and compares both after each step. The
// reference is simple and slow: it recomputes all counts from all threads. The invariants of the pool are also checked
// without the reference.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "core/slot_pool.hpp"

namespace sluice::core {
namespace {

/// The reference. Threads and hosts are numbers.
class NaivePool {
 public:
  struct Thread {
    std::size_t host;
    enum { None, Waiting, Granted, Held } state = None;
    std::size_t open = 0;
    bool suspended = false;
  };
  NaivePool(SlotPool::Limits limits, std::size_t hosts) : limits_(limits), queues_(hosts) {}

  std::size_t held() const {
    return static_cast<std::size_t>(
        std::count_if(threads.begin(), threads.end(), [](auto& t) { return holds(t.second); }));
  }
  std::size_t held_of(std::size_t host) const {
    return static_cast<std::size_t>(std::count_if(threads.begin(), threads.end(),
                                                  [&](auto& t) { return holds(t.second) && t.second.host == host; }));
  }
  static bool holds(const Thread& thread) { return thread.state == Thread::Granted || thread.state == Thread::Held; }
  bool eligible(std::size_t host) const { return !queues_[host].empty() && held_of(host) < limits_.per_host; }

  bool request(int id) {
    Thread& thread = threads.at(id);
    if (!holds(thread)) {
      thread.state = Thread::Waiting;
      queues_[thread.host].push_back(id);
      settle();
      if (thread.state == Thread::Waiting) return false;
      granted.pop_back();  // reported by the return value, not by a completion
    }
    thread.state = Thread::Held;
    return true;
  }
  void withdraw(int id) {
    Thread& thread = threads.at(id);
    if (thread.state != Thread::Waiting && thread.state != Thread::Granted) return;
    leave(id);
  }
  void closed(int id) {
    Thread& thread = threads.at(id);
    if (holds(thread) && --thread.open == 0 && thread.suspended) leave(id);
  }
  void suspended(int id) {
    Thread& thread = threads.at(id);
    thread.suspended = true;
    if (thread.state == Thread::Held && thread.open == 0) leave(id);
  }
  void resumed(int id) {
    Thread& thread = threads.at(id);
    thread.suspended = false;
    if (thread.state == Thread::Granted) thread.state = Thread::Held;
  }
  void leave(int id) {
    Thread& thread = threads.at(id);
    std::erase(queues_[thread.host], id);
    thread.state = Thread::None;
    thread.open = 0;
    settle();
  }

  std::map<int, Thread> threads;
  std::vector<int> granted;  ///< in order

 private:
  void settle() {
    update_turns();
    while (held() < limits_.total && !turns_.empty()) {
      const std::size_t host = turns_.front();
      turns_.pop_front();
      const int id = queues_[host].front();
      queues_[host].pop_front();
      threads.at(id).state = Thread::Granted;
      granted.push_back(id);
      update_turns();
    }
  }
  void update_turns() {
    std::erase_if(turns_, [&](std::size_t host) { return !eligible(host); });
    for (std::size_t host = 0; host < queues_.size(); ++host)
      if (eligible(host) && std::find(turns_.begin(), turns_.end(), host) == turns_.end()) turns_.push_back(host);
  }
  SlotPool::Limits limits_;
  std::vector<std::deque<int>> queues_;  ///< by host
  std::deque<std::size_t> turns_;
};

struct Grants : Completions {
  void complete(Ticket ticket, Reply) override { to.push_back(static_cast<int>(ticket.thread.index)); }
  std::vector<int> to;
};

struct Case {
  SlotPool::Limits limits;
  std::size_t hosts;
  unsigned seed;
};

class SlotPoolModel : public ::testing::TestWithParam<Case> {};

TEST_P(SlotPoolModel, RandomStepsMatchReference) {
  const auto [limits, hosts, seed] = GetParam();
  std::mt19937 random(seed);
  Grants grants;
  std::vector<HostSlotQueue> lines(hosts);
  SlotPool pool(limits);
  NaivePool naive(limits, hosts);
  std::map<int, std::unique_ptr<Lease>> leases;
  std::size_t told = 0;  // number of grants checked so far
  int next_id = 0;
  std::vector<std::deque<int>> arrivals(hosts);         // by host: threads whose request returned false, in order
  std::vector<std::vector<std::size_t>> passed(hosts);  // by host: grants to each other host while it was eligible

  for (int step = 0; step < 6000; ++step) {
    SCOPED_TRACE(step);
    for (std::size_t host = 0; host < hosts; ++host)
      if (!naive.eligible(host)) passed[host].assign(hosts, 0);
    if (leases.size() < 4 * hosts + 2 * limits.total && random() % 2 == 0) {
      const std::size_t host = random() % hosts;
      leases[next_id] = std::make_unique<Lease>(pool, lines[host]);
      naive.threads[next_id] = {host};
      ++next_id;
    }
    if (leases.empty()) continue;
    auto chosen = std::next(leases.begin(), static_cast<std::ptrdiff_t>(random() % leases.size()));
    if (random() % 2)  // prefer holders: they are few, and most steps need one
      while (chosen != leases.begin() && !chosen->second->holds_slot()) --chosen;
    const int id = chosen->first;
    Lease& lease = *chosen->second;
    NaivePool::Thread& thread = naive.threads.at(id);
    std::deque<int>& queue = arrivals[thread.host];
    switch (random() % 8) {
      case 0:
      case 1:
      case 2:  // connect
        if (lease.waiting() || lease.open_sockets() > 3) break;
        if (thread.suspended) {
          pool.resumed(lease);
          naive.resumed(id);
        }
        if (const bool has = pool.request(lease, {&grants, Ticket{ThreadId{static_cast<std::uint32_t>(id), 0}, 1}});
            has) {
          ASSERT_TRUE(naive.request(id));
          if (random() % 8) {
            pool.opened(lease);
            ++thread.open;
          }
        } else {
          ASSERT_FALSE(naive.request(id));
          queue.push_back(id);
        }
        break;
      case 3:
      case 4:  // sockets close
        for (std::size_t closes = random() % 4; closes > 0 && lease.open_sockets() > 0; --closes) {
          pool.closed(lease);
          naive.closed(id);
        }
        break;
      case 5:
        pool.suspended(lease);
        naive.suspended(id);
        break;
      case 6:
        if ((lease.waiting() || thread.state == NaivePool::Thread::Granted) && random() % 2) {
          std::erase(queue, id);
          pool.withdraw(lease);
          naive.withdraw(id);
        } else if (!lease.waiting()) {
          pool.resumed(lease);
          naive.resumed(id);
        }
        break;
      default:  // the thread ends
        if (random() % 4) break;
        std::erase(queue, id);
        naive.leave(id);
        naive.threads.erase(id);
        leases.erase(chosen);
    }

    ASSERT_EQ(grants.to, naive.granted);
    ASSERT_EQ(pool.held(), naive.held());
    std::size_t waiting = 0;
    for (const auto& [number, known] : naive.threads) {
      ASSERT_EQ(leases.at(number)->holds_slot(), NaivePool::holds(known)) << "thread " << number;
      ASSERT_EQ(leases.at(number)->waiting(), known.state == NaivePool::Thread::Waiting) << "thread " << number;
      ASSERT_EQ(leases.at(number)->open_sockets(), known.open) << "thread " << number;
      waiting += leases.at(number)->waiting();
    }
    ASSERT_EQ(pool.waiting(), waiting);

    // The invariants, without the reference.
    ASSERT_LE(pool.held(), limits.total);
    for (std::size_t host = 0; host < hosts; ++host) {
      ASSERT_LE(lines[host].held(), limits.per_host);
      ASSERT_EQ(lines[host].held(), naive.held_of(host));
    }
    for (; told < grants.to.size(); ++told) {
      const int served = grants.to[told];
      const auto of = std::find_if(arrivals.begin(), arrivals.end(),
                                   [&](auto& line) { return !line.empty() && line.front() == served; });
      ASSERT_NE(of, arrivals.end()) << served << " was not the longest waiter of its host";
      of->pop_front();
      const auto host = static_cast<std::size_t>(of - arrivals.begin());
      passed[host].assign(hosts, 0);
      for (std::size_t other = 0; other < hosts; ++other)
        if (other != host && naive.eligible(other)) {
          ASSERT_LE(++passed[other][host], 1u) << "hosts do not take turns";
        }
    }
    for (std::size_t host = 0; host < hosts && pool.held() < limits.total; ++host) {
      ASSERT_TRUE(arrivals[host].empty() || lines[host].held() == limits.per_host) << "a slot lies idle";
    }
  }
  EXPECT_GT(grants.to.size(), 100u) << "the steps never got to the point";
  leases.clear();
  EXPECT_EQ(pool.held(), 0u);
  EXPECT_EQ(pool.waiting(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Shapes, SlotPoolModel,
                         ::testing::Values(Case{{1, 1}, 3, 1}, Case{{4, 4}, 1, 2}, Case{{4, 2}, 5, 3},
                                           Case{{3, 1}, 8, 4}, Case{{10, 3}, 3, 5}, Case{{8, 8}, 12, 6},
                                           Case{{5, 20}, 4, 7}, Case{{50, 2}, 10, 8}));

}  // namespace
}  // namespace sluice::core
