// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <sluice/target_queue.hpp>
#include <string>

namespace sluice::engine {

/// The receiving end of a TargetQueue. The destructor closes and empties the queue. Owned by the TargetFeed. Not
/// thread-safe.
class TargetQueueReader {
 public:
  /// Creates the reader of a queue. Returns nothing if the queue has had a reader before. `wake`: called when a target
  /// is added to an empty queue, and when the queue is closed, by the thread that does it. REQUIRES: `wake` is
  /// thread-safe, and may be called until the reader is destroyed.
  static std::optional<TargetQueueReader> attach(TargetQueue& queue, std::function<void()> wake);
  TargetQueueReader(TargetQueueReader&&) = default;
  TargetQueueReader& operator=(TargetQueueReader&&) = delete;
  ~TargetQueueReader();

  /// Removes and returns the next target; nothing if the queue is empty.
  std::optional<std::string> pop();
  /// True if the queue is not empty.
  [[nodiscard]] bool ready() const;
  /// True if the queue is empty and closed.
  [[nodiscard]] bool ended() const;

 private:
  explicit TargetQueueReader(std::shared_ptr<TargetQueue::State> state) : state_(std::move(state)) {}

  std::shared_ptr<TargetQueue::State> state_;
};

}  // namespace sluice::engine
