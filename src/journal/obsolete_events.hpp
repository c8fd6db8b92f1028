// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <sluice/observer.hpp>
#include <string>
#include <utility>
#include <vector>

namespace sluice::journal {

/// Finds the events that a journal has only for the resume of an unfinished host: event::PortsScanned and
/// event::HostScanned. They are obsolete when the host has finished; a host that the end of the run cuts off has not.
/// An event with all ports makes the earlier ones obsolete, except the first one: its time decides whether what is
/// known is too old. If a target is given several times, the events of its unfinished hosts are alike. They are then
/// obsolete when the last of these hosts has finished. Not thread-safe.
class ObsoleteEvents {
 public:
  /// Notes the next event of a run. `number`: its number in the run. Returns the numbers of the earlier events that it
  /// makes obsolete, ascending.
  std::vector<std::uint64_t> note(const Event& event, std::uint64_t number);

 private:
  /// Unfinished hosts with one address and name.
  struct Unfinished {
    unsigned hosts = 0;
    std::vector<std::uint64_t> states;  ///< numbers of the events that tell their states
  };
  /// `all`: the event has all ports.
  std::vector<std::uint64_t> add_state(const HostReport& host, bool all, std::uint64_t number);
  std::vector<std::uint64_t> finish(const HostReport& host);

  std::map<std::pair<Address, std::string>, Unfinished> unfinished_;
};

}  // namespace sluice::journal
