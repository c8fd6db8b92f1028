#pragma once

#include <cstddef>
#include <map>
#include <sluice/report.hpp>
#include <string>
#include <vector>

namespace sluice::engine {

/// Counts, for each script, the threads that failed or were killed for a fault of their own, and keeps the first error.
/// Not thread-safe.
class ScriptFailures {
 public:
  void add(const event::ScriptFinished& ended);
  /// Threads that were killed since they exceeded a limit for CPU time or memory.
  [[nodiscard]] std::size_t stopped() const noexcept { return stopped_; }
  /// One line for each script, in the order of their names.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  struct Failures {
    std::size_t count = 0;
    std::string first;  ///< " against HOST: MESSAGE, with file and line"
  };
  std::map<std::string, Failures> scripts_;
  std::size_t stopped_ = 0;
};

}  // namespace sluice::engine
