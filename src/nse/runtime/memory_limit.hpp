#pragma once

#include <chrono>
#include <cstddef>

#include "lua/state.hpp"

namespace sluice::nse {

class Runtime;
class ScriptThread;

/// Keeps what all scripts of a Lua state hold below a limit (--script-memory), and ends those that hold the most.
///
/// A thread whose allocations leave more than kAlarm of the limit is preempted. From then on no script thread is
/// resumed, and relieve() collects garbage, a little in each turn of the event loop. If more than kEnough of the limit
/// is in use after that, the script instance that holds the most is killed, and so on. The limit itself is met only by
/// a single large allocation, or where Lua cannot yield: that allocation is refused, after a whole collection by Lua. A
/// thread that catches the error and does it again is killed.
///
/// What a thread holds is an estimate: the growth of the memory in use over its resumes, less what was collected in
/// them. What is garbage when the limit comes near, at most an eighth of it, counts for the thread that made it. Owned
/// by the Runtime. Not thread-safe.
class MemoryLimit {
 public:
  /// 0 bytes: no limit.
  MemoryLimit(Runtime& runtime, std::size_t limit) noexcept;

  /// Code of scripts begins to run; `end` when the engine goes on, whose own work in Lua must not fail for the limit.
  void start() noexcept;
  void end() noexcept;
  /// The same for the resume of a script thread, for which it counts.
  void begin_resume() noexcept;
  void end_resume(ScriptThread& thread) noexcept;

  /// True if no script thread is resumed before relieve() has done its work.
  [[nodiscard]] bool exceeded() const noexcept { return exceeded_; }
  /// Collects for kAtOnce at most, and kills what has to be killed. REQUIRES: exceeded().
  void relieve();

  static constexpr std::chrono::milliseconds kAtOnce{10};
  static constexpr int kMaxRefusals = 1;  ///< that a thread survives

 private:
  [[nodiscard]] std::size_t alarm() const noexcept { return limit_ - limit_ / 8; }
  [[nodiscard]] std::size_t enough() const noexcept { return limit_ - limit_ / 4; }
  [[nodiscard]] std::size_t in_use() const noexcept;
  static void on_alarm(lua::Home& home) noexcept;
  static void on_refusal(lua::Home& home) noexcept;
  /// False if no thread holds anything.
  bool kill_largest();
  void finish() noexcept;

  Runtime& runtime_;
  const std::size_t limit_;
  std::size_t before_ = 0;  ///< in use when the present resume began
  bool exceeded_ = false;
  int cycles_ = 0;        ///< of the garbage collector that have to end before a script is killed
  std::size_t kept_ = 0;  ///< in use after the last whole cycle, if that was not enough; else 0
};

}  // namespace sluice::nse
