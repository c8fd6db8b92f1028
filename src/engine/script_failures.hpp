// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <sluice/report.hpp>
#include <string>
#include <vector>

namespace sluice::engine {

/// Counts, for each script, the script threads that failed or were killed because of a limit or a deadlock, and keeps
/// the first error. Owned by the EventStream. Not thread-safe.
class ScriptFailures {
 public:
  void add(const event::ScriptFinished& ended);
  /// Returns how many threads were killed because they exceeded a limit of CPU time or memory.
  [[nodiscard]] std::size_t stopped() const noexcept { return stopped_; }
  /// Returns one line per script, sorted by id.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  struct Failures {
    std::size_t count = 0;
    std::string first;  ///< " against HOST: MESSAGE"; MESSAGE includes file and line
  };
  std::map<std::string, Failures> scripts_;
  std::size_t stopped_ = 0;
};

}  // namespace sluice::engine
