// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <sluice/report.hpp>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

/// The hosts of a stored run that have started, but not finished: what its events tell of them. For the report of a run
/// that did not end. Not thread-safe.
class UnfinishedHosts {
 public:
  void note(const Event& event);
  /// Returns the reports of the hosts with an open port or a result, by address, and removes all hosts. `end` and
  /// `why`: become `end` and `incomplete` of the reports.
  std::vector<event::HostFinished> pop_all(WallTime end, const std::string& why);

 private:
  void note_of(const event::HostStarted& host, WallTime time);
  void note_of(const event::PortDiscovered& port, WallTime time);
  void note_of(const event::PortsScanned& host, WallTime time);
  void note_of(const event::HostScanned& host, WallTime time);
  void note_of(const event::ServiceDetected& detected, WallTime time);
  void note_of(const event::ScriptFinished& script, WallTime time);
  void note_of(const event::HostWaits& host, WallTime time);
  void note_of(const event::HostFinished& host, WallTime time);
  template <class What>
  void note_of(const What&, WallTime) {}
  /// Returns the report of the first unfinished host with this address; null if there is none.
  HostReport* find(const Address& address);
  /// Adds what is known of a host to its report.
  void add(const HostReport& known);

  std::map<std::pair<Address, std::string>, HostReport> hosts_;
  std::map<std::pair<Address, std::string>, std::shared_ptr<const HostReport>> waiting_;
};

}  // namespace sluice::cli
