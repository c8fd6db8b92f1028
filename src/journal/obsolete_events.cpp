// SPDX-License-Identifier: Apache-2.0
#include "journal/obsolete_events.hpp"

#include <variant>

namespace sluice::journal {

std::vector<std::uint64_t> ObsoleteEvents::note(const Event& event, std::uint64_t number) {
  if (const auto* started = std::get_if<event::HostStarted>(&event.what)) {
    ++unfinished_[{started->address, started->target_name}].hosts;
  } else if (const auto* ports = std::get_if<event::PortsScanned>(&event.what)) {
    return add_state(*ports->report, ports->all, number);
  } else if (const auto* scanned = std::get_if<event::HostScanned>(&event.what)) {
    return add_state(*scanned->report, true, number);
  } else if (const auto* waits = std::get_if<event::HostWaits>(&event.what)) {
    return finish(*waits->report);
  } else if (const auto* finished = std::get_if<event::HostFinished>(&event.what); finished && !finished->waited) {
    return finish(*finished->report);
  }
  return {};
}

std::vector<std::uint64_t> ObsoleteEvents::add_state(const HostReport& host, bool all, std::uint64_t number) {
  const auto found = unfinished_.find({host.address, host.target_name});
  if (found == unfinished_.end()) return {};
  std::vector<std::uint64_t> obsolete, &states = found->second.states;
  if (all && found->second.hosts == 1 && states.size() > 1) {
    obsolete.assign(states.begin() + 1, states.end());
    states.resize(1);
  }
  states.push_back(number);
  return obsolete;
}

std::vector<std::uint64_t> ObsoleteEvents::finish(const HostReport& host) {
  const auto found = unfinished_.find({host.address, host.target_name});
  if (host.interrupted || found == unfinished_.end() || --found->second.hosts > 0) return {};
  std::vector<std::uint64_t> states = std::move(found->second.states);
  unfinished_.erase(found);
  return states;
}

}  // namespace sluice::journal
