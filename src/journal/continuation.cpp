// SPDX-License-Identifier: Apache-2.0
#include "journal/continuation.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <variant>

#include "model/host_state.hpp"

namespace sluice::journal {

namespace {

using model::key_of;

void remove_results(HostReport& host) {
  host.scripts.clear();
  for (PortReport& port : host.ports)
    if (port.detail) port.detail->scripts.clear();
}

/// As the engine: a port without a detected service of which no script knows more.
bool is_assumed(const PortReport& port) {
  return port.state == PortState::Open && !(port.detail && port.detail->service && port.detail->service->probed);
}

template <class From, class To>
void move_behind(From& from, To& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
}

}  // namespace

void Continuation::on_event(const Event& event) {
  const bool resumed = std::holds_alternative<event::RunResumed>(event.what);
  if (resumed) run_.elapsed += elapsed();
  if (resumed || std::holds_alternative<event::RunStarted>(event.what)) attempt_began_ = event.time;
  time_ = event.time;
  const auto* host = std::get_if<event::HostFinished>(&event.what);  // the end of a run reports hosts that wait
  const bool goes_on = !std::holds_alternative<event::Log>(event.what) && !(host && host->waited);
  if (goes_on && !std::holds_alternative<event::RunFinished>(event.what)) last_logs_.clear();
  std::visit([this](const auto& what) { note(what); }, event.what);
}

void Continuation::note(const event::RunStarted& run) {
  run_.started = time_;
  run_.verbosity = run.verbosity;
  run_.debugging = run.debugging;
}

void Continuation::note(const event::RunResumed& run) { run_.attempts = run.attempt; }

void Continuation::note(const event::ScriptCrashed& script) {
  EarlierRun::ScriptOfHost which(script.id, script.address);
  if (!crashed_.insert(which).second) run_.left_out.insert(std::move(which));
}

void Continuation::note(const event::LevelsChanged& levels) {
  run_.verbosity = levels.verbosity;
  run_.debugging = levels.debugging;
}

void Continuation::note(const event::TargetResolved& target) { run_.names[target.name] = target.addresses; }

void Continuation::note(const event::TargetsRead& targets) {
  if (!run_.input) run_.input.emplace();
  *run_.input += targets.text;
}

void Continuation::note(const event::TargetsAdded& targets) {
  run_.added_targets.insert(run_.added_targets.end(), targets.specifications.begin(), targets.specifications.end());
}

void Continuation::note(const event::TargetSkipped& target) { run_.skipped.insert(target.specification); }

void Continuation::note(const event::TaskStarted& task) { tasks_[task.task] = row_; }
void Continuation::note(const event::TaskEnded& task) { tasks_.erase(task.task); }

Continuation::Open Continuation::started(const Address& address, const std::string& name, WallTime time) {
  Open open;
  open.known.report.address = address;
  open.known.report.target_name = name;
  open.known.report.start = time;
  return open;
}

void Continuation::note(const event::HostStarted& host) {
  open_.emplace(Host(host.address, host.target_name), started(host.address, host.target_name, time_));
}

void Continuation::note(const event::PortDiscovered& port) {
  Open* host = find(port.address, {.kind = "port", .protocol = port.protocol, .port = port.number});
  if (!host) return;
  if (host->scanned) return host->attempt.push_back(row_);  // a script has found it
  note_state(*host);
  host->known.report.up = host->known.report.ports_scanned = true;
  PortReport& known = port_of(host->known.report, port.protocol, port.number);
  known.state = PortState::Open;
  known.reason = port.protocol == Protocol::Udp ? Reason::UdpResponse : Reason::SynAck;
}

void Continuation::note(const event::PortsScanned& host) {
  Mark mark{.kind = "ports"};
  if (!host.report->ports.empty()) std::tie(mark.protocol, mark.port) = key_of(host.report->ports.front());
  Open* open = find(host.report->address, host.report->target_name, mark);
  if (!open) return;
  note_state(*open);
  open->known.discovered = true;
  add_state(open->known.report, *host.report);
}

void Continuation::note(const event::ServiceDetected& detected) {
  Open* host = find(detected.address, {.kind = "service", .protocol = detected.protocol, .port = detected.number});
  if (!host) return;
  note_state(*host);
  const PortKey key(detected.protocol, detected.number);
  host->known.decided.push_back(key);
  PortReport& port = port_of(host->known.report, detected.protocol, detected.number);
  const Service& service = detected.service;
  const bool answered = service.probed || !service.fingerprint.empty();
  if (port.state == PortState::OpenFiltered && answered) {
    port.state = PortState::Open;
    port.reason = Reason::UdpResponse;
  }
  if (!answered && !service.tls) return;
  if (!port.detail) port.detail = std::make_unique<PortDetail>();
  port.detail->service = service;
}

void Continuation::note(const event::HostScanned& host) {
  Open* open = find(host.report->address, host.report->target_name, {.kind = "scanned"});
  if (!open) return;
  note_state(*open);
  open->known.discovered = open->scanned = true;
  open->known.report = *host.report;
  remove_results(open->known.report);
}

void Continuation::note_state(Open& host) {
  host.stale = host.stale || time_ < stale_before_;
  host.states.push_back(row_);
}

void Continuation::note_script(const ScriptPlace& place, Open* host) {
  if (host)
    host->attempt.push_back(row_);
  else if (!place.address)
    phase_.push_back(row_);
}

void Continuation::note_failure(const event::ScriptFinished& script, Open* host) {
  const bool failed = script.outcome == event::Outcome::Failed || script.cause != event::KillCause::None;
  if (!failed || (!host && script.place.address)) return;
  auto& failures = host ? host->failures : phase_failures_;
  failures.push_back(script);
  failures.back().result.reset();
}

void Continuation::note(const event::ScriptStarted& script) {
  Open* host = find(script.place, "script_started", script.id);
  note_script(script.place, host);
  if (host && script.place.port) host->acted.emplace(script.place.protocol, *script.place.port);
}

void Continuation::note(const event::ScriptFinished& script) {
  Open* host = find(script.place, "script", script.id);
  note_script(script.place, host);
  note_failure(script, host);
}

void Continuation::note(const event::ChildThreadFailed& failed) {
  Open* host = find(failed.worker.place, "worker", failed.worker.id);
  note_script(failed.worker.place, host);
  note_failure(failed.worker, host);
}

void Continuation::note(const event::HostWaits& host) {
  const HostReport& report = *host.report;
  if (report.interrupted) {
    interrupted_waiting_.emplace(Host(report.address, report.target_name), row_);
    return reopen(report);
  }
  close(report);
  run_.waiting.emplace(Host(report.address, report.target_name), host.report);
}

void Continuation::note(const event::HostFinished& host) {
  const HostReport& report = *host.report;
  const Host key(report.address, report.target_name);
  if (host.waited) {
    if (const auto interrupted = interrupted_waiting_.find(key);
        report.interrupted && interrupted != interrupted_waiting_.end()) {
      interrupted_waiting_.erase(interrupted);
      changes_.removed.insert(row_);
      return;
    }
    const auto waiting = run_.waiting.find(key);
    if (waiting != run_.waiting.end()) run_.waiting.erase(waiting);
  } else if (report.interrupted) {
    return reopen(report);
  } else {
    close(report);
  }
  ++run_.finished[key];
  count(report);
}

void Continuation::note(const event::PhaseFinished& phase) {
  if (phase.interrupted) {
    phase_.push_back(row_);
    return;
  }
  (phase.before ? run_.prescan : run_.postscan) = true;
  phase_.clear();
  move_behind(phase_failures_, run_.failures);
}

void Continuation::note(const event::Log& log) {
  run_.logs.insert(log.text);
  last_logs_.push_back(row_);
}

void Continuation::note(const event::RunFinished&) {
  changes_.removed.insert(row_);
  changes_.removed.insert(last_logs_.begin(), last_logs_.end());
  last_logs_.clear();
}

template <class Hosts>
Continuation::Open* Continuation::first_without(const Mark& mark, Hosts hosts) {
  const auto [begin, end] = hosts;
  if (begin == end) return nullptr;
  const auto found = std::find_if(begin, end, [&](auto& host) { return host.second.marks.insert(mark).second; });
  return found != end ? &found->second : &begin->second;
}

Continuation::Open* Continuation::find(const Address& address, const Mark& mark) {
  const auto begin = open_.lower_bound({address, ""});
  const auto end = std::find_if(begin, open_.end(), [&](const auto& host) { return host.first.first != address; });
  return first_without(mark, std::pair(begin, end));
}

Continuation::Open* Continuation::find(const Address& address, const std::string& name, const Mark& mark) {
  return first_without(mark, open_.equal_range({address, name}));
}

Continuation::Open* Continuation::find(const ScriptPlace& place, std::string_view kind, const std::string& script) {
  if (!place.address) return nullptr;
  return find(*place.address, place.target_name, {kind, script, place.protocol, place.port ? *place.port : -1});
}

void Continuation::reopen(const HostReport& report) {
  Open* open = find(report.address, report.target_name, {.kind = "interrupted"});
  if (!open || open->scanned) {
    changes_.removed.insert(row_);
    return;
  }
  auto news = std::make_shared<HostReport>(report);
  remove_results(*news);
  news->interrupted = news->timed_out = false;
  news->incomplete.clear();
  news->end = {};
  note_state(*open);
  open->known.discovered = true;
  add_state(open->known.report, *news);
  changes_.replaced.insert_or_assign(row_, Event{time_, event::PortsScanned{std::move(news)}});
}

void Continuation::close(const HostReport& report) {
  const auto found = open_.find({report.address, report.target_name});
  if (found == open_.end()) return;
  const std::set<PortKey>& acted = found->second.acted;
  run_.unknown_services += static_cast<std::size_t>(std::ranges::count_if(
      report.ports, [&](const PortReport& port) { return is_assumed(port) && !acted.contains(key_of(port)); }));
  move_behind(found->second.failures, run_.failures);
  open_.erase(found);
}

void Continuation::count(const HostReport& report) {
  const std::string_view status = status_text(report);
  ++run_.hosts_total;
  if (status == "up") ++run_.hosts_up;
  if (status == "down") ++run_.hosts_down;
}

std::chrono::milliseconds Continuation::elapsed() const {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time_ - attempt_began_);
  return std::max(since, std::chrono::milliseconds(0));
}

Continuation::Changes Continuation::take_changes() {
  for (auto& [host, open] : open_) {
    changes_.removed.insert(open.attempt.begin(), open.attempt.end());
    if (!open.stale) continue;
    changes_.removed.insert(open.states.begin(), open.states.end());
    for (const Row row : open.states) changes_.replaced.erase(row);
    open = started(host.first, host.second, open.known.report.start);
  }
  changes_.removed.insert(phase_.begin(), phase_.end());
  for (const auto& [task, row] : tasks_) changes_.removed.insert(row);
  changes_.removed.insert(last_logs_.begin(), last_logs_.end());
  changes_.verbosity = run_.verbosity;
  changes_.debugging = run_.debugging;
  return std::move(changes_);
}

EarlierRun Continuation::take_run() {
  run_.elapsed += elapsed();
  for (auto& [host, open] : open_) run_.unfinished.emplace(host, std::move(open.known));
  return std::move(run_);
}

}  // namespace sluice::journal
