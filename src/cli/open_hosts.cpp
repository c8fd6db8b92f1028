// SPDX-License-Identifier: Apache-2.0
#include "cli/open_hosts.hpp"

#include <algorithm>
#include <utility>

namespace sluice::cli {

namespace {

std::string key(const Address& address, const std::string& name) { return address.text_with_scope() + ' ' + name; }
std::string key(const HostReport& host) { return key(host.address, host.target_name); }

template <class Hosts>
void forget(Hosts& hosts, const HostReport& host) {
  if (const auto found = hosts.find(key(host)); found != hosts.end()) hosts.erase(found);
}

}  // namespace

void OpenHosts::note(const Event& event) {
  if (const auto* host = std::get_if<event::HostScanned>(&event.what)) {
    hosts_.emplace(key(*host->report), Host{host->report, {}});
  } else if (const auto* script = std::get_if<event::ScriptFinished>(&event.what)) {
    if (!script->result || script->unreported || !script->place.address) return;
    const auto found = hosts_.find(key(*script->place.address, script->place.target_name));
    if (found != hosts_.end()) found->second.results.push_back({script->place, *script->result});
  } else if (const auto* waits = std::get_if<event::HostWaits>(&event.what)) {
    forget(hosts_, *waits->report);
    waiting_.emplace(key(*waits->report), waits->report);
  } else if (const auto* done = std::get_if<event::HostFinished>(&event.what)) {
    if (done->waited)
      forget(waiting_, *done->report);
    else
      forget(hosts_, *done->report);
  }
}

std::vector<event::HostFinished> OpenHosts::pop_all(WallTime end, const std::string& why) {
  std::vector<event::HostFinished> reports;
  for (const auto& [name, report] : waiting_) reports.push_back({report, true});
  waiting_.clear();
  for (const auto& [name, host] : hosts_) {
    auto report = std::make_shared<HostReport>(*host.scanned);
    report->end = end;
    report->incomplete = why;
    for (const Result& result : host.results) add_result(*report, result.place, result.report);
    reports.push_back({std::move(report)});
  }
  hosts_.clear();
  std::sort(reports.begin(), reports.end(),
            [](const auto& a, const auto& b) { return a.report->address < b.report->address; });
  return reports;
}

}  // namespace sluice::cli
