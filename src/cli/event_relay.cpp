// SPDX-License-Identifier: Apache-2.0
#include "cli/event_relay.hpp"

#include <utility>

#include "base/scoped_signal_mask.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t kBatchWeight = 1024, kMostBatches = 4;

std::size_t weight_of(const Event& event) {
  const auto* host = std::get_if<event::HostFinished>(&event.what);
  return 1 + (host ? host->report->ports.size() : 0);
}

}  // namespace

EventRelay::EventRelay(Observer& to) : to_(to) {
  const ScopedSignalMask inherited;  // the thread blocks signals
  thread_ = std::thread([this] { pass_on(); });
}

EventRelay::~EventRelay() { end(); }

void EventRelay::on_event(const Event& event) {
  batch_.push_back(event);
  weight_ += weight_of(event);
  if (weight_ >= kBatchWeight) hand_over();
}

void EventRelay::hand_over() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < kMostBatches; });
  waiting_.push_back(std::exchange(batch_, {}));
  batch_.reserve(kBatchWeight);
  weight_ = 0;
  changed_.notify_all();
}

void EventRelay::end() {
  if (!thread_.joinable()) return;
  hand_over();
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void EventRelay::finish() {
  end();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void EventRelay::pass_on() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return over_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Batch batch = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    lock.unlock();
    try {
      if (!failure_)
        for (const Event& event : batch) to_.on_event(event);
    } catch (...) {
      failure_ = std::current_exception();
    }
    lock.lock();
  }
}

}  // namespace sluice::cli
