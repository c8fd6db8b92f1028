#pragma once

#include <memory>
#include <sluice/report.hpp>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::cli {

/// The hosts whose scripts are running, and those that wait for their turn in the reports, as the events tell of them:
/// what can be said about them if the run breaks off where the engine cannot say it any more.
class OpenHosts {
 public:
  void note(const Event& event);
  /// Their reports, sorted by address. Those of open hosts end at that time and say `why` they are incomplete. Removes
  /// the hosts.
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
  /// By address and name. Of one target that was given twice at the same time the results go to the same report.
  std::unordered_multimap<std::string, Host> hosts_;
  std::unordered_multimap<std::string, std::shared_ptr<const HostReport>> waiting_;
};

}  // namespace sluice::cli
