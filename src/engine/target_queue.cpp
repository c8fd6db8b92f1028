// SPDX-License-Identifier: Apache-2.0
#include "engine/target_queue.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace sluice {

struct TargetQueue::State {
  explicit State(std::size_t size) : capacity(size) {}

  const std::size_t capacity;
  mutable std::mutex mutex;  // of the following
  std::condition_variable room;
  std::deque<std::string> targets;
  bool closed = false, attached = false;
  std::function<void()> wake;  ///< empty without a reader

  /// REQUIRES: `mutex` is held.
  void add(std::string target) {
    targets.push_back(std::move(target));
    if (targets.size() == 1 && wake) wake();
  }
  void close() {
    const std::lock_guard lock(mutex);
    closed = true;
    room.notify_all();
    if (wake) wake();
  }
};

TargetQueue::TargetQueue(std::size_t capacity) : state_(std::make_shared<State>(std::max<std::size_t>(capacity, 1))) {}

TargetQueue::~TargetQueue() { close(); }

bool TargetQueue::push(std::string target) {
  std::unique_lock lock(state_->mutex);
  state_->room.wait(lock, [this] { return state_->closed || state_->targets.size() < state_->capacity; });
  if (state_->closed) return false;
  state_->add(std::move(target));
  return true;
}

bool TargetQueue::try_push(std::string target) {
  const std::lock_guard lock(state_->mutex);
  if (state_->closed || state_->targets.size() >= state_->capacity) return false;
  state_->add(std::move(target));
  return true;
}

void TargetQueue::close() { state_->close(); }

std::size_t TargetQueue::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->targets.size();
}

bool TargetQueue::closed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->closed;
}

namespace engine {

std::optional<TargetQueueReader> TargetQueueReader::attach(TargetQueue& queue, std::function<void()> wake) {
  const std::lock_guard lock(queue.state_->mutex);
  if (std::exchange(queue.state_->attached, true)) return std::nullopt;
  queue.state_->wake = std::move(wake);
  return TargetQueueReader(queue.state_);
}

TargetQueueReader::~TargetQueueReader() {
  if (!state_) return;  // moved from
  state_->close();
  const std::lock_guard lock(state_->mutex);
  state_->wake = nullptr;
  state_->targets.clear();
}

std::optional<std::string> TargetQueueReader::pop() {
  const std::lock_guard lock(state_->mutex);
  if (state_->targets.empty()) return std::nullopt;
  std::optional target(std::move(state_->targets.front()));
  state_->targets.pop_front();
  state_->room.notify_one();
  return target;
}

bool TargetQueueReader::ready() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->targets.empty();
}

bool TargetQueueReader::ended() const {
  const std::lock_guard lock(state_->mutex);
  return state_->closed && state_->targets.empty();
}

}  // namespace engine

}  // namespace sluice
