// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/memory_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "nse/runtime/runtime.hpp"

namespace sluice::nse {

namespace {

/// Two cycles find all objects that are garbage now. The current one may have started before they became garbage.
constexpr int kCyclesToFindAll = 2;

std::string megabytes(std::size_t bytes) {
  constexpr double kMega = 1 << 20;
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / kMega);
}

}  // namespace

MemoryLimit::MemoryLimit(Runtime& runtime, std::size_t limit) noexcept : runtime_(runtime), limit_(limit) {}

std::size_t MemoryLimit::in_use() const noexcept { return lua::home(runtime_.main()).bytes; }

void MemoryLimit::start() noexcept {
  if (limit_ == 0) return;
  lua::Home& home = lua::home(runtime_.main());
  home.limit = limit_;
  home.alarm = alarm();
  home.limited = false;
  home.on_alarm = on_alarm;
  home.on_refusal = on_refusal;
}

void MemoryLimit::end() noexcept {
  lua::Home& home = lua::home(runtime_.main());
  home.limit = home.alarm = 0;
}

void MemoryLimit::begin_resume() noexcept {
  before_ = in_use();
  start();
}

void MemoryLimit::end_resume(ScriptThread& thread) noexcept {
  end();
  const std::size_t now = in_use();
  thread.add_memory(static_cast<std::ptrdiff_t>(now) - static_cast<std::ptrdiff_t>(before_));
  if (limit_ == 0 || exceeded_ || now <= alarm()) return;
  exceeded_ = true;
  runtime_.parts.scheduler.pause();
  // If less than 1/32 of the limit was allocated since the last whole cycle, another cycle cannot free enough.
  cycles_ = kept_ > 0 && now - std::min(now, kept_) < limit_ / 32 ? 0 : kCyclesToFindAll;
}

void MemoryLimit::on_alarm(lua::Home& home) noexcept {
  static_cast<Runtime*>(home.owner)->watchdog.demand(CpuWatchdog::Due::Preempt);
}

void MemoryLimit::on_refusal(lua::Home& home) noexcept {
  auto& runtime = *static_cast<Runtime*>(home.owner);
  ScriptThread* thread = runtime.current();
  if (!thread) return;
  thread->count_refusal();
  if (thread->refusals() > kMaxRefusals) runtime.watchdog.demand(CpuWatchdog::Due::Kill);
}

void MemoryLimit::relieve() {
  if (cycles_ == 0) {  // a collection would not free enough
    kill_largest();
    return finish();
  }
  if (!runtime_.collect_for(kAtOnce)) return;
  --cycles_;
  const std::size_t now = in_use();
  kept_ = now > enough() ? now : 0;
  if (kept_ == 0) return finish();
  if (cycles_ > 0) return;
  if (!kill_largest()) return finish();
  cycles_ = 1;  // collect the garbage of the killed instance
}

bool MemoryLimit::kill_largest() {
  std::map<core::ThreadId, std::ptrdiff_t> instances;
  ScriptThread* largest = nullptr;
  std::ptrdiff_t most = 0;
  runtime_.for_each_thread([&](ScriptThread& thread) {
    const std::ptrdiff_t held = instances[thread.instance()] += std::max<std::ptrdiff_t>(thread.memory(), 0);
    if (held > most) {
      most = held;
      largest = &thread;
    }
  });
  if (!largest) return false;
  runtime_.kill_instance(*largest, event::KillCause::Memory,
                         fmt::format("held the most memory, about {}, when the scripts reached their limit of {} "
                                     "(--script-memory)",
                                     megabytes(std::min(static_cast<std::size_t>(most), in_use())), megabytes(limit_)));
  runtime_.reap();
  return true;
}

void MemoryLimit::finish() noexcept {
  exceeded_ = false;
  runtime_.parts.scheduler.unpause();
}

}  // namespace sluice::nse
