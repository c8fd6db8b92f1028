#pragma once

#include <cstddef>
#include <memory>
#include <sluice/export.hpp>
#include <string>

namespace sluice {

namespace engine {
class TargetQueueReader;
}

/// Targets that the embedder adds while a run goes on (Options::target_queue). The engine takes a target when it has
/// room for one; until then the queue holds at most `capacity` of them. One queue serves one engine.
/// Thread-safe. It may outlive the engine.
class SLUICE_EXPORT TargetQueue {
 public:
  static constexpr std::size_t kDefaultCapacity = 1024;

  /// REQUIRES: `capacity` is not 0.
  explicit TargetQueue(std::size_t capacity = kDefaultCapacity);
  ~TargetQueue();
  TargetQueue(const TargetQueue&) = delete;
  TargetQueue& operator=(const TargetQueue&) = delete;

  /// Adds a target: an address, a network or a name, as an element of Options::targets. Blocks while the queue is full.
  /// Returns false, without adding it, once the queue is closed. A target that cannot be read becomes an
  /// event::TargetSkipped. A caller that steps the engine itself must use try_push.
  bool push(std::string target);
  /// Like push, but returns false at once if the queue is full.
  bool try_push(std::string target);
  /// Ends the input: the run ends when all its hosts are done. The end of the engine closes the queue, too.
  void close();

  /// Returns the number of targets that the engine has not taken.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool closed() const;

 private:
  friend class engine::TargetQueueReader;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sluice
