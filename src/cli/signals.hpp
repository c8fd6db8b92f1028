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

/// Signals while a run lasts. What they ask for is done on a thread of its own, so that it may lock and allocate. One
/// such object at a time; when it goes, signals do again what they did before.
class Signals {
 public:
  struct Actions {
    std::function<void()> stop;  ///< the first of SIGINT, SIGTERM, SIGHUP, SIGQUIT
    /// The second of them, or kPatience after the first; expected not to return.
    std::function<void(int signal, const char* why)> at_once;
    std::function<void()> report_stats;  ///< SIGUSR1
  };
  /// How long the run has to end in order after the first signal. A run may be held up by a system call that only
  /// blocks (a file system that does not answer).
  static constexpr std::chrono::milliseconds kPatience{8000};

  /// Signals that are ignored already (nohup) stay so.
  explicit Signals(Actions actions, std::chrono::milliseconds patience = kPatience);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// The signal that asked for the end; 0 if none did.
  [[nodiscard]] int received() const noexcept;

 private:
  void serve();
  /// Waits for a signal, at most until the patience with the run is over; false if it is.
  bool wait();

  Actions actions_;
  std::chrono::milliseconds patience_;
  std::optional<timespec> latest_;  ///< when the patience is over, once a signal has come
  std::vector<std::pair<int, struct sigaction>> before_;
  std::atomic<bool> over_ = false;
  std::thread server_;
};

}  // namespace sluice::cli
