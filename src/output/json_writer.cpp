// SPDX-License-Identifier: Apache-2.0
#include "output/json_writer.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <sluice/version.hpp>

#include "output/escape.hpp"
#include "output/ignored_ports.hpp"
#include "output/json_value.hpp"
#include "output/phrases.hpp"

namespace sluice::output {
namespace {

using Json = nlohmann::ordered_json;

template <class Rep, class Period>
double seconds(std::chrono::duration<Rep, Period> duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Sets a member, unless its text is empty.
void put(Json& json, const char* key, std::string_view text) {
  if (!text.empty()) json[key] = to_utf8(text);
}

void fill(Json& json, const event::RunStarted& run) {
  json["event"] = "run_started";
  json["version"] = kVersion;
  json["arguments"] = Json::array();
  for (const std::string& argument : run.arguments) json["arguments"].push_back(to_utf8(argument));
  json["verbosity"] = run.verbosity;
  json["debugging"] = run.debugging;
  json["scans"] = Json::array();
  for (const event::RunStarted::Scan& scan : run.scans)
    json["scans"].push_back({{"type", to_utf8(scan.type)},
                             {"protocol", to_text(scan.protocol)},
                             {"port_count", scan.port_count},
                             {"ports", to_utf8(scan.ports)}});
}

void fill(Json& json, const event::TargetSkipped& target) {
  json["event"] = "target_skipped";
  json["target"] = to_utf8(target.specification);
  put(json, "reason", target.reason);
}

void fill(Json& json, const event::TaskStarted& task) {
  json["event"] = "task_started";
  json["task"] = to_utf8(task.task);
  put(json, "extra", task.extra);
}

void fill(Json& json, const event::TaskProgress& task) {
  json["event"] = "task_progress";
  json["task"] = to_utf8(task.task);
  json["percent"] = task.percent;
  json["remaining"] = task.remaining;
  json["etc"] = utc_text(task.etc);
}

void fill(Json& json, const event::TaskEnded& task) {
  json["event"] = "task_ended";
  json["task"] = to_utf8(task.task);
  put(json, "extra", task.extra);
  json["elapsed"] = seconds(task.elapsed);
}

void fill(Json& json, const event::HostStarted& host) {
  json["event"] = "host_started";
  json["address"] = host.address.text_with_scope();
  put(json, "name", host.target_name);
}

void fill(Json& json, const event::PortDiscovered& port) {
  json["event"] = "port_discovered";
  json["address"] = port.address.text_with_scope();
  json["port"] = port.number;
  json["protocol"] = to_text(port.protocol);
}

Json service_json(const Service& service, std::string_view name) {
  Json json = Json::object();
  put(json, "name", name);
  put(json, "product", service.product);
  put(json, "version", service.version);
  put(json, "extrainfo", service.extrainfo);
  put(json, "hostname", service.hostname);
  put(json, "ostype", service.ostype);
  put(json, "devicetype", service.devicetype);
  put(json, "fingerprint", service.fingerprint);
  json["tls"] = service.tls;
  json["probed"] = service.probed;
  json["confidence"] = service.confidence;
  if (!service.cpe.empty()) json["cpe"] = Json::array();
  for (const std::string& cpe : service.cpe) json["cpe"].push_back(to_utf8(cpe));
  return json;
}

void fill(Json& json, const event::ServiceDetected& detected) {
  json["event"] = "service";
  json["address"] = detected.address.text_with_scope();
  json["port"] = detected.number;
  json["protocol"] = to_text(detected.protocol);
  json["service"] = service_json(detected.service, detected.service.name);
  put(json, "probe", detected.probe);
  if (detected.line > 0) json["line"] = detected.line;
  json["attempts"] = detected.attempts;
  json["elapsed"] = seconds(detected.elapsed);
}

void put_place(Json& json, const std::string& id, const ScriptPlace& place) {
  json["script"] = to_utf8(id);
  json["phase"] = to_utf8(place.phase);
  if (place.address) json["address"] = place.address->text_with_scope();
  put(json, "name", place.target_name);
  if (!place.port) return;
  json["port"] = *place.port;
  json["protocol"] = to_text(place.protocol);
}

void fill(Json& json, const event::ScriptStarted& script) {
  json["event"] = "script_started";
  put_place(json, script.id, script.place);
}

const char* outcome_text(event::Outcome outcome) {
  switch (outcome) {
    case event::Outcome::Silent:
      return "silent";
    case event::Outcome::Result:
      return "result";
    case event::Outcome::Failed:
      return "failed";
    case event::Outcome::TimedOut:
      return "timed_out";
    case event::Outcome::Killed:
      return "killed";
  }
  return "";
}

void fill(Json& json, const event::ScriptFinished& script) {
  json["event"] = "script";
  put_place(json, script.id, script.place);
  json["outcome"] = outcome_text(script.outcome);
  json["elapsed"] = seconds(script.elapsed);
  if (script.result) {
    json["output"] = to_utf8(script.result->output);
    if (!is_utf8(script.result->output)) json["output_base64"] = base64(script.result->output);
    if (script.result->structured) json["data"] = json_value(*script.result->structured);
  }
  put(json, "error", script.message);
  put(json, "traceback", script.traceback);
  put(json, "waited_for", script.waited_for);
  put(json, "thread", script.thread);
}

void fill(Json& json, const event::ChildThreadFailed& failed) {
  fill(json, failed.worker);
  json["event"] = "worker_failed";
}

void fill(Json& json, const event::DeadlockFound& deadlock) {
  json["event"] = "deadlock";
  json["threads"] = Json::array();
  for (const event::DeadlockFound::Thread& thread : deadlock.threads) {
    Json entry = Json::object();
    put_place(entry, thread.id, thread.place);
    put(entry, "thread", thread.thread);
    put(entry, "waited_for", thread.waited_for);
    put(entry, "traceback", thread.traceback);
    json["threads"].push_back(std::move(entry));
  }
}

Json service_json(const PortReport& port) {
  if (port.detail && port.detail->service) return service_json(*port.detail->service, service_name(port));
  Json json = Json::object();
  put(json, "name", service_name(port));
  return json;
}

void put_ports(Json& json, const HostReport& host, const WriterOptions& options) {
  const std::vector<IgnoredPorts> ignored = ignored_ports(host, options);
  json["ports"] = Json::array();
  for (const PortReport& port : host.ports) {
    if (is_ignored(ignored, port.state)) continue;
    Json entry = {{"port", port.number},
                  {"protocol", to_text(port.protocol)},
                  {"state", to_text(port.state)},
                  {"reason", to_text(port.reason)},
                  {"reason_ttl", port.reason_ttl}};
    if (Json service = service_json(port); !service.empty()) entry["service"] = std::move(service);
    json["ports"].push_back(std::move(entry));
  }
  json["not_shown"] = Json::array();
  for (const IgnoredPorts& state : ignored)
    for (const IgnoredPorts::Part& part : state.parts)
      json["not_shown"].push_back({{"state", to_text(state.state)},
                                   {"protocol", to_text(part.protocol)},
                                   {"reason", to_text(part.reason)},
                                   {"count", part.count},
                                   {"ports", part.ports}});
}

void fill(Json& json, const HostReport& host, const WriterOptions& options) {
  json["event"] = "host";
  json["address"] = host.address.text_with_scope();
  put(json, "name", host.target_name);
  put(json, "reverse_name", host.reverse_name);
  if (!host.other_addresses.empty()) json["other_addresses"] = Json::array();
  for (const Address& address : host.other_addresses) json["other_addresses"].push_back(address.text());
  json["status"] = status_text(host);
  json["reason"] = to_text(host.reason);
  json["reason_ttl"] = host.reason_ttl;
  if (!host.mac.empty()) json["mac"] = mac_text(host.mac);
  put(json, "mac_vendor", host.mac_vendor);
  json["timed_out"] = host.timed_out;
  json["complete"] = host.incomplete.empty();
  put(json, "incomplete", host.incomplete);
  if (host.start != WallTime{}) {
    json["start"] = utc_text(host.start);
    json["end"] = utc_text(host.end);
  }
  if (host.times)
    json["times"] = {{"srtt", seconds(host.times->srtt)},
                     {"rttvar", seconds(host.times->rttvar)},
                     {"timeout", seconds(host.times->timeout)}};
  if (host.ports_scanned || !host.ports.empty()) put_ports(json, host, options);
}

void fill(Json& json, const event::PhaseFinished& phase) {
  json["event"] = "phase_finished";
  json["phase"] = phase.before ? "prerule" : "postrule";
  json["results"] = phase.scripts.size();
}

void fill(Json& json, const event::Log& log) {
  json["event"] = "log";
  json["to"] = log.to == event::LogTo::Output ? "output" : "error";
  json["text"] = to_utf8(log.text);
}

void fill(Json& json, const event::Stats& stats) {
  json["event"] = "stats";
  json["elapsed"] = seconds(stats.elapsed);
  json["hosts_done"] = stats.hosts_done;
  json["hosts_up"] = stats.hosts_up;
  json["hosts_open"] = stats.hosts_open;
  json["threads"] = stats.threads;
  json["waiting_for_slot"] = stats.waiting_for_slot;
  json["waiting_for_network"] = stats.waiting_for_network;
  put(json, "oldest", stats.oldest);
}

void fill(Json& json, const event::LevelsChanged& levels) {
  json["event"] = "levels_changed";
  json["verbosity"] = levels.verbosity;
  json["debugging"] = levels.debugging;
}

void fill(Json& json, const event::RunFinished& run) {
  json["event"] = "run_finished";
  json["elapsed"] = seconds(run.elapsed);
  json["exit"] = run.error.empty() && run.not_sent.empty() ? "success" : "error";
  json["hosts_up"] = run.hosts_up;
  json["hosts_down"] = run.hosts_down;
  json["hosts_total"] = run.hosts_total;
  json["scripts_left_out"] = run.scripts_left_out;
  json["scripts_stopped"] = run.scripts_stopped;
  json["unknown_services"] = run.unknown_services;
  put(json, "error", run.error);
  put(json, "not_sent", run.not_sent);
}

}  // namespace

void JsonWriter::on_event(const Event& event) {
  if (finished_ || std::holds_alternative<event::HostScanned>(event.what)) return;
  Json json = {{"event", ""}, {"time", utc_text(event.time)}};
  const auto* waits = std::get_if<event::HostWaits>(&event.what);
  const auto* host = std::get_if<event::HostFinished>(&event.what);
  if (waits || host) {
    const HostReport& report = waits ? *waits->report : *host->report;
    if ((host && host->waited) || !is_reported(report, options_)) return;
    fill(json, report, options_);
  } else {
    std::visit(
        [&](const auto& what) {
          if constexpr (requires { fill(json, what); }) fill(json, what);
        },
        event.what);
  }
  finished_ = std::holds_alternative<event::RunFinished>(event.what);
  sink_(json_protect(json.dump()) + '\n');
}

}  // namespace sluice::output
