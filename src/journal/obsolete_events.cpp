// SPDX-License-Identifier: Apache-2.0
#include "journal/obsolete_events.hpp"

#include <variant>

namespace sluice::journal {

std::vector<std::uint64_t> ObsoleteEvents::note(const Event& event, std::uint64_t number) {
  if (const auto* started = std::get_if<event::HostStarted>(&event.what)) {
    ++unfinished_[{started->address, started->target_name}].hosts;
  } else if (const auto* ports = std::get_if<event::PortsScanned>(&event.what)) {
    add_state(*ports->report, number);
  } else if (const auto* scanned = std::get_if<event::HostScanned>(&event.what)) {
    add_state(*scanned->report, number);
  } else if (const auto* waits = std::get_if<event::HostWaits>(&event.what)) {
    return finish(*waits->report);
  } else if (const auto* finished = std::get_if<event::HostFinished>(&event.what); finished && !finished->waited) {
    return finish(*finished->report);
  }
  return {};
}

void ObsoleteEvents::add_state(const HostReport& host, std::uint64_t number) {
  const auto found = unfinished_.find({host.address, host.target_name});
  if (found != unfinished_.end()) found->second.states.push_back(number);
}

std::vector<std::uint64_t> ObsoleteEvents::finish(const HostReport& host) {
  const auto found = unfinished_.find({host.address, host.target_name});
  if (host.interrupted || found == unfinished_.end() || --found->second.hosts > 0) return {};
  std::vector<std::uint64_t> states = std::move(found->second.states);
  unfinished_.erase(found);
  return states;
}

}  // namespace sluice::journal
