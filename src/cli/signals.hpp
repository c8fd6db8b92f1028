#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

namespace sluice::cli {

/// Signals while a run lasts. What they ask for is done on a thread of its own, so that it may lock and allocate. One
/// such object at a time; when it goes, signals do again what they did before.
class Signals {
 public:
  struct Actions {
    std::function<void()> stop;               ///< the first of SIGINT, SIGTERM, SIGHUP, SIGQUIT
    std::function<void(int signal)> at_once;  ///< the second of them, expected not to return
    std::function<void()> report_stats;       ///< SIGUSR1
  };
  /// Signals that are ignored already (nohup) stay so.
  explicit Signals(Actions actions);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// The signal that asked for the end; 0 if none did.
  [[nodiscard]] int received() const noexcept;

 private:
  void serve();

  Actions actions_;
  std::vector<std::pair<int, struct sigaction>> before_;
  std::atomic<bool> over_ = false;
  std::thread server_;
};

}  // namespace sluice::cli
