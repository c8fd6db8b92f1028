// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/shard.hpp"

// The turns of a shard, and its waits.

namespace sluice::engine {

namespace {

/// Batches of starts (StartRound) per turn. 16 batches start about as many threads as may be alive. All of these run
/// until their first wait before a reply of the network is handled. So no thread is ahead of the others because it was
/// started earlier, as in Nmap (docs/nse-compat.md, "Scheduling").
constexpr std::size_t kBatches = 16;
constexpr int kMaxPolls = 16;  ///< before deadlines expire; bounded because some descriptors are always ready

}  // namespace

bool Shard::work() noexcept try {
  if (state_ == State::Started) {
    if (Result<void> opened = open_or_explain(); !opened) {
      {
        const std::lock_guard lock(mutex_);
        why_unable_ = opened.error().message;
      }
      set_state(State::Unable);
      return false;
    }
  }
  if (state_ != State::Working) return false;
  bool goes_on = false;
  try {
    goes_on = step();
    if (goes_on) poll();
  } catch (const std::bad_alloc&) {
    run_.control.fail("out of memory");
  }
  if (goes_on) return true;
  end(!stop_requested_);
  set_state(State::Closed);
  return false;
} catch (const std::bad_alloc&) {
  run_.control.fail("out of memory");
  set_state(State::Closed);
  return false;
} catch (const std::system_error& failure) {
  run_.control.fail(failure.what());
  set_state(State::Closed);
  return false;
}

bool Shard::step() {
  if (!take_orders()) return false;
  turn();
  publish();
  return true;
}

bool Shard::ready() const { return has_orders_ || state_ != State::Working || parts_ready(); }

bool Shard::parts_ready() const {
  return scheduler_.ready() || scan_->ready() || window_->ready() || (starts_ && starts_->ready()) ||
         short_of_memory() || (detector_ && detector_->ready());
}

void Shard::turn() {
  const nse::Runtime::OnThisThread scripts(runtime_.get());
  if (runtime_) {
    runtime_->options.verbosity = run_.events.verbosity();
    runtime_->options.debugging = run_.events.debugging();
  }
  if (short_of_memory())
    runtime_->memory.relieve();
  else
    run_scripts();
  if (scan_->ready()) scan_->run_turn();
  if (detector_ && detector_->ready()) detector_->run_turn();
  if (window_->ready()) window_->run_turn();
}

void Shard::run_scripts() {
  run_threads();
  for (std::size_t batch = 0; batch < kBatches && starts_ && starts_->ready() && !short_of_memory(); ++batch) {
    starts_->run_turn();
    run_threads();
  }
  if (scheduler_.run_slice()) runtime_->reap();
}

void Shard::run_threads() {
  if (!scheduler_.ready()) return;
  scheduler_.run_turn();
  runtime_->reap();
}

void Shard::poll() {
  // A reply that arrived before a deadline is handled before that deadline expires.
  const TimePoint now = run_.platform.clock().now();
  bool drained = ports_->loop->poll();
  const auto next = ports_->deadlines.next();
  if (next && *next <= now)
    for (int polls = 1; !drained && polls < kMaxPolls; ++polls) drained = ports_->loop->poll();
  ports_->deadlines.expire(now);
}

TimePoint Shard::prepare_wait(const std::function<bool()>& more_work) {
  // Input of targets, timeouts and progress output do not count: they wake no thread that waits for another one.
  const bool nothing_else = scan_->hosts() == 0 && window_->lookups() == 0 && (!detector_ || detector_->hosts() == 0);
  if (nothing_else && runtime_ && runtime_->threads() > 0 && runtime_->waiting_for_network() == 0) {
    resolve_deadlock(more_work);
    return TimePoint::min();
  }
  TimePoint until = ports_->deadlines.next().value_or(kNever);
  if (runtime_) until = std::min(until, slot_reclaimer_.work([this] { return runtime_->collect_step(); }));
  return until;
}

void Shard::wait() noexcept try {
  const TimePoint until = prepare_wait();
  if (until == TimePoint::min() || ready()) return;
  ports_->loop->wait(until);
  if (const auto next = ports_->deadlines.next(); next && *next <= run_.platform.clock().now()) poll();
} catch (const std::bad_alloc&) {
  run_.control.fail("out of memory");
} catch (const std::system_error& failure) {
  run_.control.fail(failure.what());
}

void Shard::resolve_deadlock(const std::function<bool()>& more_work) {
  runtime_->collect();
  if (ready() || (more_work && more_work())) return;  // the slot of a collected socket was returned
  runtime_->end_deadlocked();
  runtime_->reap();
}

}  // namespace sluice::engine
