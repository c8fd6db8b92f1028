// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/garbage_collector.hpp"

#include <utility>

#include "nse/runtime/runtime.hpp"

namespace sluice::nse {

GarbageCollector::~GarbageCollector() {
  if (at_work_) runtime_.parts.scheduler.remove(id_);
}

void GarbageCollector::queue(core::Waiter& waiter) {
  newcomers_.push(waiter);
  start();
}

void GarbageCollector::request() {
  wanted_ = true;
  start();
}

void GarbageCollector::start() {
  if (at_work_) return;
  at_work_ = true;
  id_ = runtime_.parts.scheduler.add(*this);
}

bool GarbageCollector::work(lua_State* state, lua_Integer steps, Duration at_once) noexcept {
  const TimePoint until = runtime_.parts.clock.now() + at_once;
  bool whole = false;
  do whole = lua_gc(state, LUA_GCSTEP, 0) != 0;
  while (!whole && --steps > 0 && runtime_.parts.clock.now() < until);
  return whole;
}

GarbageCollector::Step GarbageCollector::resume() noexcept {
  if (runtime_.collect_a_little()) end_cycle();
  if (served_.empty() && newcomers_.empty() && !requested()) {
    at_work_ = false;
    return Step::Ended;
  }
  core::Scheduler& scheduler = runtime_.parts.scheduler;
  scheduler.complete(scheduler.start_operation(id_), {});  // resume in the next turn
  return Step::Suspended;
}

void GarbageCollector::end_cycle() noexcept {
  while (core::Waiter* next = served_.pop_oldest()) runtime_.parts.scheduler.complete(next->ticket(), {});
  while (core::Waiter* next = newcomers_.pop_oldest()) served_.push(*next);
  serving_ = std::exchange(wanted_, false);
}

}  // namespace sluice::nse
