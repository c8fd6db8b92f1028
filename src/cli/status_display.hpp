// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <sluice/engine.hpp>
#include <thread>

#include "cli/status_block.hpp"
#include "cli/terminal.hpp"

namespace sluice::cli {

/// Shows the status block of a run: asks the engine for its counters, and gives them to the terminal. Uses a helper
/// thread. The destructor removes the block.
class StatusDisplay {
 public:
  /// A run that is shorter has no block.
  static constexpr std::chrono::milliseconds kFirst{1000};
  /// Interval in which the counters are asked for.
  static constexpr std::chrono::milliseconds kEvery{500};

  /// `engine`: must outlive the object. `with_keys`: keys are read. If the system refuses a thread, there is no block.
  StatusDisplay(Engine& engine, std::shared_ptr<Terminal> terminal, bool with_keys);
  ~StatusDisplay();
  StatusDisplay(const StatusDisplay&) = delete;
  StatusDisplay& operator=(const StatusDisplay&) = delete;

 private:
  /// Runs on the helper thread.
  void serve();
  /// Waits until a time or the destructor. Returns false in the latter case.
  bool wait_until(std::chrono::steady_clock::time_point time);

  Engine& engine_;
  std::shared_ptr<Terminal> terminal_;
  StatusBlock block_;
  std::mutex mutex_;  // of the following
  std::condition_variable changed_;
  bool over_ = false;
  std::thread server_;
};

}  // namespace sluice::cli
