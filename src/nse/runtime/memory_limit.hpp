// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

#include "lua/state.hpp"

namespace sluice::nse {

class Runtime;
class ScriptThread;

/// Keeps the memory that all scripts of a Lua state hold below a limit (--script-memory).
///
/// An allocation that leaves more than 7/8 of the limit in use preempts its script thread. From then on no script
/// thread is resumed, and relieve() collects garbage for at most kAtOnce in each turn. While more than 3/4 of the limit
/// are in use after a whole collection cycle, the script instance with the largest estimated share is killed. Only a
/// single large allocation, or code in which Lua cannot yield, can reach the limit itself. Lua then runs a whole
/// collection cycle. If that is not enough, the allocation is refused and raises a memory error. A thread that has
/// caught kMaxRefusals such errors is killed at the next one.
///
/// The share of a thread is an estimate: the growth of the memory in use during its resumes. It can be negative.
/// Garbage that has not been collected counts for the thread that created it; that is at most 1/8 of the limit.
///
/// Owned by the Runtime. Not thread-safe.
class MemoryLimit {
 public:
  /// `limit`: bytes; 0: none.
  MemoryLimit(Runtime& runtime, std::size_t limit) noexcept;

  /// Applies the limit to allocations from now on, because code of scripts runs.
  void start() noexcept;
  /// Allocations are not limited from now on, so that the engine's own work in Lua cannot fail at the limit.
  void end() noexcept;
  /// Like start(), for the resume of a script thread.
  void begin_resume() noexcept;
  /// Like end(). Adds the growth of the memory in use to the share of the thread.
  void end_resume(ScriptThread& thread) noexcept;

  /// True while script threads are not resumed because relieve() has to free memory.
  [[nodiscard]] bool exceeded() const noexcept { return exceeded_; }
  /// Collects garbage for at most kAtOnce, and kills a script instance if collecting was not enough. The owner calls
  /// this once in each turn while exceeded(). REQUIRES: exceeded().
  void relieve();

  static constexpr std::chrono::milliseconds kAtOnce{10};
  static constexpr int kMaxRefusals = 1;  ///< refused allocations after which a thread may continue

 private:
  [[nodiscard]] std::size_t alarm() const noexcept { return limit_ - limit_ / 8; }
  [[nodiscard]] std::size_t enough() const noexcept { return limit_ - limit_ / 4; }
  [[nodiscard]] std::size_t in_use() const noexcept;
  static void on_alarm(lua::Home& home) noexcept;
  static void on_refusal(lua::Home& home) noexcept;
  /// Kills the script instance with the largest share. Returns false if no thread has a share.
  bool kill_largest();
  /// Allows script threads to be resumed.
  void finish() noexcept;

  Runtime& runtime_;
  const std::size_t limit_;
  std::size_t before_ = 0;  ///< bytes in use at the beginning of the current resume
  bool exceeded_ = false;
  int cycles_ = 0;        ///< collection cycles that must end before a script instance is killed
  std::size_t kept_ = 0;  ///< bytes in use after the last whole cycle if they exceed enough(); otherwise 0
};

}  // namespace sluice::nse
