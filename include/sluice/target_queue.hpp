// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <sluice/export.hpp>
#include <string>

namespace sluice {

namespace engine {
class TargetQueueReader;
}

/// A queue of targets that the embedder adds during a run (Options::target_queue). The engine takes targets from the
/// queue as it needs them. A queue serves one engine: Engine::create returns an error for a second one.
/// Invariant: the queue holds at most `capacity` targets. Shared by embedder and engine, and may outlive the engine.
/// Thread-safe.
class SLUICE_EXPORT TargetQueue {
 public:
  static constexpr std::size_t kDefaultCapacity = 1024;

  /// `capacity`: limit of size(). REQUIRES: `capacity` is at least 1.
  explicit TargetQueue(std::size_t capacity = kDefaultCapacity);
  /// Closes the queue.
  ~TargetQueue();
  TargetQueue(const TargetQueue&) = delete;
  TargetQueue& operator=(const TargetQueue&) = delete;

  /// Adds a target, which has the syntax of an element of Options::targets. Blocks while the queue is full. Returns
  /// false, without adding the target, if the queue is closed. If the target has a wrong syntax, the engine emits
  /// event::TargetSkipped.
  /// REQUIRES: the caller is neither the thread that steps the engine nor an Observer. These must use try_push, because
  /// the queue stays full while they block.
  bool push(std::string target);
  /// Adds a target as push() does. Returns false at once, without adding the target, if the queue is full or closed.
  bool try_push(std::string target);
  /// Ends the input. The run can finish only after this call. A blocked push() returns false. The end of the run and
  /// the destructor of the engine also close the queue. No effect if the queue is closed.
  void close();

  /// Returns the number of targets that the engine has not taken yet.
  [[nodiscard]] std::size_t size() const;
  /// True after close().
  [[nodiscard]] bool closed() const;

 private:
  friend class engine::TargetQueueReader;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sluice
