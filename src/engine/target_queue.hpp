#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <sluice/target_queue.hpp>
#include <string>

namespace sluice::engine {

/// The engine's end of a TargetQueue. Closes the queue when it is destroyed. Not thread-safe.
class TargetQueueReader {
 public:
  /// Takes the engine's end, unless another engine has had it: nothing then. `wake` is called, by any thread, when the
  /// queue is no longer empty, or is closed; it must be thread-safe and outlive the reader.
  static std::optional<TargetQueueReader> attach(TargetQueue& queue, std::function<void()> wake);
  TargetQueueReader(TargetQueueReader&&) = default;
  TargetQueueReader& operator=(TargetQueueReader&&) = delete;
  ~TargetQueueReader();

  /// Takes the next target; nothing if there is none now.
  std::optional<std::string> pop();
  [[nodiscard]] bool ready() const;
  /// True if none is left and none will come.
  [[nodiscard]] bool ended() const;

 private:
  explicit TargetQueueReader(std::shared_ptr<TargetQueue::State> state) : state_(std::move(state)) {}

  std::shared_ptr<TargetQueue::State> state_;
};

}  // namespace sluice::engine
