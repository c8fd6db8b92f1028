// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace sluice::cli {

/// Handles signals during a run. The actions are called on a helper thread, so that they may lock and allocate. The
/// destructor restores the earlier handlers. At most one object exists at a time. Not thread-safe.
class Signals {
 public:
  struct Actions {
    std::function<void()> stop;  ///< called at the first of SIGINT, SIGTERM, SIGHUP, SIGQUIT
    /// Called at the second of these signals, or kPatience after the first one. Should end the process. `signal`: its
    /// number. `why`: for the reports.
    std::function<void(int signal, const char* why)> at_once;
    std::function<void()> report_stats;  ///< called at SIGUSR1
    /// Called before SIGTSTP (Ctrl-Z) stops the process, and when it continues; empty: the signal is not handled.
    std::function<void()> pause, resume;
    std::function<void()> resized;  ///< called at SIGWINCH; empty: the signal is not handled
  };
  /// Time in which the run must end after the first signal. A blocking system call may delay it, such as an access to a
  /// file system that does not answer.
  static constexpr std::chrono::milliseconds kPatience{8000};

  /// Installs the handlers. A signal that is ignored (nohup) stays ignored. Throws std::system_error if the system
  /// refuses a thread.
  explicit Signals(Actions actions, std::chrono::milliseconds patience = kPatience);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Returns the first signal that requested the end; 0 if there was none.
  [[nodiscard]] int received() const noexcept;

 private:
  void serve();
  /// Stops the process, as SIGTSTP does by default. Returns when it continues.
  void stop_process();
  /// Waits for a signal. Returns false if the patience is over first.
  bool wait();

  Actions actions_;
  std::chrono::milliseconds patience_;
  std::optional<timespec> latest_;                        ///< end of the patience; empty before the first signal
  std::vector<std::pair<int, struct sigaction>> before_;  ///< the earlier handlers
  std::atomic<bool> over_ = false;                        ///< the destructor has been called
  std::thread server_;
};

}  // namespace sluice::cli
