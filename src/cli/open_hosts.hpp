// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <sluice/report.hpp>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::cli {

/// The hosts that are not reported yet: those whose scripts run, and those whose reports wait for their turn. For a
/// process that must end while the engine cannot report them. Not thread-safe.
class OpenHosts {
 public:
  /// Updates the hosts by an event.
  void note(const Event& event);
  /// Removes all hosts and returns their reports, sorted by address. `end`, `why`: HostReport::end and
  /// HostReport::incomplete of the hosts whose scripts run.
  std::vector<event::HostFinished> pop_all(WallTime end, const std::string& why);

 private:
  struct Result {
    ScriptPlace place;
    ScriptResult report;
  };
  struct Host {
    std::shared_ptr<const HostReport> scanned;
    std::vector<Result> results;
  };
  // By address and name. If a target is in progress twice, all results go to one of its two reports.
  std::unordered_multimap<std::string, Host> hosts_;                                 ///< hosts whose scripts run
  std::unordered_multimap<std::string, std::shared_ptr<const HostReport>> waiting_;  ///< reports that wait
};

}  // namespace sluice::cli
