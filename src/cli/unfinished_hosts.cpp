// SPDX-License-Identifier: Apache-2.0
#include "cli/unfinished_hosts.hpp"

#include <algorithm>
#include <utility>

#include "model/host_state.hpp"

namespace sluice::cli {

void UnfinishedHosts::note(const Event& event) {
  std::visit([&](const auto& what) { note_of(what, event.time); }, event.what);
}

void UnfinishedHosts::note_of(const event::HostStarted& host, WallTime time) {
  HostReport& report = hosts_[{host.address, host.target_name}];
  report.address = host.address;
  report.target_name = host.target_name;
  report.start = time;
}

void UnfinishedHosts::note_of(const event::PortDiscovered& port, WallTime) {
  HostReport* host = find(port.address);
  if (!host) return;
  host->up = host->ports_scanned = true;
  model::port_of(*host, {port.protocol, port.number}).reason = Reason::SynAck;
}

void UnfinishedHosts::note_of(const event::PortsScanned& host, WallTime) { add(*host.report); }
void UnfinishedHosts::note_of(const event::HostScanned& host, WallTime) { add(*host.report); }

void UnfinishedHosts::add(const HostReport& known) {
  const auto found = hosts_.find({known.address, known.target_name});
  if (found != hosts_.end()) model::add_state(found->second, known);
}

void UnfinishedHosts::note_of(const event::ServiceDetected& detected, WallTime) {
  HostReport* host = find(detected.address);
  if (!host) return;
  PortReport& port = model::port_of(*host, {detected.protocol, detected.number});
  if (!port.detail) port.detail = std::make_unique<PortDetail>();
  port.detail->service = detected.service;
}

void UnfinishedHosts::note_of(const event::ScriptFinished& script, WallTime) {
  if (!script.result || script.unreported || !script.place.address) return;
  const auto found = hosts_.find({*script.place.address, script.place.target_name});
  HostReport* host = found == hosts_.end() ? nullptr : &found->second;
  if (!host) return;
  host->up = true;
  if (script.place.port) model::port_of(*host, {script.place.protocol, *script.place.port});
  add_result(*host, script.place, *script.result);
}

void UnfinishedHosts::note_of(const event::HostWaits& host, WallTime) {
  const std::pair key(host.report->address, host.report->target_name);
  hosts_.erase(key);
  waiting_[key] = host.report;
}

void UnfinishedHosts::note_of(const event::HostFinished& host, WallTime) {
  const std::pair key(host.report->address, host.report->target_name);
  host.waited ? waiting_.erase(key) : hosts_.erase(key);
}

HostReport* UnfinishedHosts::find(const Address& address) {
  const auto found = hosts_.lower_bound({address, ""});
  return found != hosts_.end() && found->first.first == address ? &found->second : nullptr;
}

std::vector<event::HostFinished> UnfinishedHosts::pop_all(WallTime end, const std::string& why) {
  std::vector<event::HostFinished> reports;
  for (const auto& [key, report] : waiting_) reports.push_back({report, true});
  for (auto& [key, host] : hosts_) {
    if (!host.up) continue;
    host.end = end;
    host.incomplete = why;
    reports.push_back({std::make_shared<const HostReport>(std::move(host))});
  }
  waiting_.clear();
  hosts_.clear();
  std::ranges::stable_sort(reports, {}, [](const event::HostFinished& host) { return host.report->address; });
  return reports;
}

}  // namespace sluice::cli
