// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <sluice/report.hpp>
#include <sluice/version.hpp>
#include <string>
#include <string_view>
#include <type_traits>

// The keys of NDJSON (docs/ndjson.md): one function `fields(with, object)` per kind of object. It calls a member of the
// visitor `with` for each key, in the order of the keys in a line. Three visitors use the same functions: the writer
// (json_writer.cpp), the reader (json_reader.cpp), and the description as a JSON Schema (json_schema.cpp).
//
//   with.required(key, value, description)    a key of every line
//   with.optional(key, value, description)    a key that is left out if its value is empty, zero, false or the epoch
//   with.computed(key, value, description)    a required key that follows from others; the reader ignores it
//   with.group(key, optional, keys)           the keys that `keys(*optional)` visits; `key`, the first of them, is
//                                             present if the optional has a value
//   with.ports(host), with.service(port)      the keys for the ports of a host, and for the service of a port
//
// A text that is not UTF-8 has a second key, KEY_base64, with its exact bytes.

namespace sluice::output {

/// A value of an enumeration or bool, and its names in the order of the values.
template <class T, std::size_t N>
struct Choice {
  T& value;
  const std::array<std::string_view, N>& names;
};
template <class T, std::size_t N>
Choice(T&, const std::array<std::string_view, N>&) -> Choice<T, N>;

inline constexpr std::array<std::string_view, 5> kOutcomes{"silent", "result", "failed", "timed_out", "killed"};
inline constexpr std::array<std::string_view, 4> kKillCauses{"", "cpu", "memory", "deadlock"};
inline constexpr std::array<std::string_view, 2> kDestinations{"output", "error"};
inline constexpr std::array<std::string_view, 2> kPhases{"postrule", "prerule"};
inline constexpr std::array<std::string_view, 2> kExits{"success", "error"};
inline constexpr std::array<std::string_view, 3> kStatuses{"up", "down", "unknown"};
static_assert(kOutcomes[static_cast<std::size_t>(event::Outcome::Killed)] == "killed");
static_assert(kKillCauses[static_cast<std::size_t>(event::KillCause::Deadlock)] == "deadlock");
static_assert(kDestinations[static_cast<std::size_t>(event::LogTo::Error)] == "error");

/// The six bytes of a MAC address; "" if it is unknown.
template <class String>
struct Mac {
  String& bytes;
};
template <class String>
Mac(String&) -> Mac<String>;

/// Ports of one state, protocol and reason that a report counts instead of listing them.
struct PortsNotShown {
  PortState state = PortState::Closed;
  Protocol protocol = Protocol::Tcp;
  Reason reason = Reason::None;
  std::size_t count = 0;
  std::string ports;
};

/// Names of lines of journals only, with the keys of a host: event::PortsScanned and event::HostScanned.
inline constexpr std::string_view kPortsScanned = "ports_scanned", kHostScanned = "host_scanned";

/// A line of journals only: the host whose line has this number in the key `waits` is reported
/// (event::HostFinished::waited).
struct HostReported {
  std::uint64_t number = 0;
};

/// T is Object or const Object.
template <class T, class Object>
concept Is = std::same_as<std::remove_const_t<T>, Object>;

template <class With, Is<event::RunStarted::Scan> Scan>
void fields(With& with, Scan& scan) {
  with.required("type", scan.type, "\"connect\" or \"udp\"");
  with.required("protocol", scan.protocol, "protocol of the ports");
  with.required("port_count", scan.port_count, "number of ports");
  with.required("ports", scan.ports, "ascending numbers and ranges: \"80,7001-7002\"");
}

template <class With, Is<event::RunStarted> Run>
void fields(With& with, Run& run) {
  with.computed("version", std::string_view(kVersion), "version of sluice");
  with.required("arguments", run.arguments, "arguments of the command line, behind those of settings");
  with.optional("typed", run.typed, "arguments as they were typed, if settings added others");
  with.required("verbosity", run.verbosity, "level of -v");
  with.required("debugging", run.debugging, "level of -d");
  with.required("scans", run.scans, "the scans, one per protocol");
}

template <class With, Is<event::RunResumed> Run>
void fields(With& with, Run& run) {
  with.computed("version", std::string_view(kVersion), "version of sluice");
  with.required("attempt", run.attempt, "number of this attempt at the run");
  with.required("events", run.events, "number of the last event of the earlier attempts that is known");
  with.required("verbosity", run.verbosity, "level of -v");
  with.required("debugging", run.debugging, "level of -d");
}

template <class With, Is<event::ScriptCrashed> Script>
void fields(With& with, Script& script) {
  with.required("script", script.id, "identifier of the script");
  with.optional("address", script.address, "of the host");
  with.required("signal", script.signal, "name of the signal");
}

template <class With, Is<event::TargetResolved> Target>
void fields(With& with, Target& target) {
  with.required("name", target.name, "name of the target");
  with.required("addresses", target.addresses, "its addresses");
}

template <class With, Is<event::TargetsRead> Targets>
void fields(With& with, Targets& targets) {
  with.required("text", targets.text, "a part of the input");
}

template <class With, Is<event::TargetsAdded> Targets>
void fields(With& with, Targets& targets) {
  with.required("targets", targets.specifications, "the targets");
}

template <class With, Is<event::TargetSkipped> Target>
void fields(With& with, Target& target) {
  with.required("target", target.specification, "the target as it was written");
  with.optional("reason", target.reason, "why it is skipped");
}

template <class With, Is<event::TaskStarted> Task>
void fields(With& with, Task& task) {
  with.required("task", task.task, "name of the task");
  with.optional("extra", task.extra, "further information");
}

template <class With, Is<event::TaskProgress> Task>
void fields(With& with, Task& task) {
  with.required("task", task.task, "name of the task");
  with.required("percent", task.percent, "completed part");
  with.required("remaining", task.remaining, "estimated seconds to the end");
  with.required("etc", task.etc, "estimated time of the end");
}

template <class With, Is<event::TaskEnded> Task>
void fields(With& with, Task& task) {
  with.required("task", task.task, "name of the task");
  with.optional("extra", task.extra, "further information");
  with.required("elapsed", task.elapsed, "duration of the task");
}

template <class With, Is<event::HostStarted> Host>
void fields(With& with, Host& host) {
  with.required("address", host.address, "address of the host");
  with.optional("name", host.target_name, "name that the user gave");
}

template <class With, Is<event::PortDiscovered> Port>
void fields(With& with, Port& port) {
  with.required("address", port.address, "address of the host");
  with.required("port", port.number, "number of the port");
  with.required("protocol", port.protocol, "protocol of the port");
}

template <class With, Is<Service> Detected>
void fields(With& with, Detected& service) {
  with.optional("name", service.name, "name of the service");
  with.optional("product", service.product, "name of the product");
  with.optional("version", service.version, "version of the product");
  with.optional("extrainfo", service.extrainfo, "further information");
  with.optional("hostname", service.hostname, "name of the host, as the service reports it");
  with.optional("ostype", service.ostype, "operating system, as the service reports it");
  with.optional("devicetype", service.devicetype, "kind of the device, as the service reports it");
  with.optional("fingerprint", service.fingerprint, "fingerprint of an unrecognised service");
  with.required("tls", service.tls, "true if the service uses TLS");
  with.required("probed", service.probed, "true if a probe or a script determined the service");
  with.required("confidence", service.confidence, "0 to 10");
  with.optional("cpe", service.cpe, "names in the Common Platform Enumeration");
}

template <class With, Is<event::ServiceDetected> Detected>
void fields(With& with, Detected& detected) {
  with.required("address", detected.address, "address of the host");
  with.required("port", detected.number, "number of the port");
  with.required("protocol", detected.protocol, "protocol of the port");
  with.required("service", detected.service, "the service");
  with.optional("probe", detected.probe, "name of the service probe whose response matched");
  with.optional("line", detected.line, "number of the matching line in the file of service probes");
  with.required("attempts", detected.attempts, "number of connections that were opened to the port");
  with.required("elapsed", detected.elapsed, "duration from the first of them to the decision");
}

template <class With, Is<ScriptPlace> Place>
void fields(With& with, Place& place) {
  with.required("phase", place.phase, "\"prerule\", \"hostrule\", \"portrule\" or \"postrule\"");
  with.optional("address", place.address, "address of the host; absent in prerule and postrule");
  with.optional("name", place.target_name, "name of the host that the user gave");
  with.group("port", place.port, [&](auto& port) {
    with.required("port", port, "number of the port; present in portrule");
    with.required("protocol", place.protocol, "protocol of the port");
  });
}

template <class With, Is<event::ScriptStarted> Script>
void fields(With& with, Script& script) {
  with.required("script", script.id, "id of the script");
  fields(with, script.place);
}

template <class With, Is<event::ScriptFinished> Script>
void fields(With& with, Script& script) {
  with.required("script", script.id, "id of the script");
  fields(with, script.place);
  with.required("outcome", Choice{script.outcome, kOutcomes}, "how the instance ended");
  with.required("elapsed", script.elapsed, "duration since the start of the instance");
  with.group("output", script.result, [&](auto& result) {
    with.required("output", result.output, "text of the result, or the line that the report shows instead of it");
    with.optional("data", result.structured, "the structured value");
  });
  with.optional("error", script.message, "the error, or the cause of the kill");
  with.optional("traceback", script.traceback, "Lua call stack");
  with.optional("waited_for", script.waited_for, "the operation that was pending");
  with.optional("thread", script.thread, "name of the script thread that failed");
  with.optional("cause", Choice{script.cause, kKillCauses},
                "the limit that a killed instance exceeded, or \"deadlock\"");
  with.optional("unreported", script.unreported, "true if the other reports lack the result");
}

template <class With, Is<event::ChildThreadFailed> Failed>
void fields(With& with, Failed& failed) {
  fields(with, failed.worker);
}

template <class With, Is<event::DeadlockFound::Thread> Thread>
void fields(With& with, Thread& thread) {
  with.required("script", thread.id, "id of the script");
  fields(with, thread.place);
  with.optional("thread", thread.thread, "name of the script thread");
  with.optional("waited_for", thread.waited_for, "the operation that was pending");
  with.optional("traceback", thread.traceback, "Lua call stack");
}

template <class With, Is<event::DeadlockFound> Deadlock>
void fields(With& with, Deadlock& deadlock) {
  with.required("threads", deadlock.threads, "all waiting script threads");
}

template <class With, Is<RoundTrip> Times>
void fields(With& with, Times& times) {
  with.required("srtt", times.srtt, "smoothed round trip time");
  with.required("rttvar", times.rttvar, "variation of the round trip time");
  with.required("timeout", times.timeout, "timeout of the next probe");
}

template <class With, Is<PortReport> Port>
void fields(With& with, Port& port) {
  with.required("port", port.number, "number of the port");
  with.required("protocol", port.protocol, "protocol of the port");
  with.required("state", port.state, "state of the port");
  with.required("reason", port.reason, "why the port has this state");
  with.required("reason_ttl", port.reason_ttl, "time to live of the answer; 0 if unknown");
  with.service(port);
}

template <class With, Is<PortsNotShown> Ports>
void fields(With& with, Ports& ports) {
  with.required("state", ports.state, "state of the ports");
  with.required("protocol", ports.protocol, "protocol of the ports");
  with.required("reason", ports.reason, "why the ports have this state");
  with.required("count", ports.count, "number of the ports");
  with.required("ports", ports.ports, "ascending numbers and ranges: \"1-21,80\"");
}

template <class With, Is<HostReport> Host>
void fields(With& with, Host& host) {
  with.required("address", host.address, "address of the host");
  with.optional("name", host.target_name, "name that the user gave");
  with.optional("reverse_name", host.reverse_name, "name from DNS");
  with.optional("other_addresses", host.other_addresses, "addresses of the name that are not scanned");
  with.computed("status", status_text(host), "\"up\", \"down\" or \"unknown\"");
  with.required("reason", host.reason, "why the host has this status");
  with.required("reason_ttl", host.reason_ttl, "time to live of the answer; 0 if unknown");
  with.optional("mac", Mac{host.mac}, "MAC address of a host on the link");
  with.optional("mac_vendor", host.mac_vendor, "vendor of the MAC address");
  with.required("timed_out", host.timed_out, "true if --host-timeout has expired");
  with.computed("complete", host.incomplete.empty(), "true if the scan and the scripts reached their end");
  with.optional("incomplete", host.incomplete, "why they did not");
  with.optional("interrupted", host.interrupted, "true if the run ended before the host had finished");
  with.optional("start", host.start, "start of the host run");
  with.optional("end", host.end, "end of the host run");
  with.optional("times", host.times, "round trip times");
  with.ports(host);
}

template <class With, Is<HostReported> Host>
void fields(With& with, Host& host) {
  with.required("number", host.number, "value of `waits` in the line of the host");
}

template <class With, Is<event::PhaseFinished> Phase>
void fields(With& with, Phase& phase) {
  with.required("phase", Choice{phase.before, kPhases}, "the kind of the scripts that have ended");
  with.computed("results", phase.scripts.size(), "number of their results");
  with.optional("interrupted", phase.interrupted, "true if the run ended before the scripts had ended");
}

template <class With, Is<event::Log> Log>
void fields(With& with, Log& log) {
  with.required("to", Choice{log.to, kDestinations}, "where the line appears: text report or standard error");
  with.required("text", log.text, "the line or lines");
  with.optional("verbosity", log.verbosity, "the level of -v at which the line appears");
}

template <class With, Is<event::Stats> Stats>
void fields(With& with, Stats& stats) {
  with.required("elapsed", stats.elapsed, "duration of the run so far");
  with.required("hosts_done", stats.hosts_done, "number of finished hosts");
  with.required("hosts_up", stats.hosts_up, "number of hosts that are up");
  with.required("hosts_open", stats.hosts_open, "number of hosts in progress");
  with.required("threads", stats.threads, "number of script threads");
  with.required("waiting_for_slot", stats.waiting_for_slot, "number of these that wait for a slot");
  with.required("waiting_for_network", stats.waiting_for_network, "number of these that wait for the network");
  with.optional("oldest", stats.oldest, "text that describes the longest wait");
}

template <class With, Is<event::LevelsChanged> Levels>
void fields(With& with, Levels& levels) {
  with.required("verbosity", levels.verbosity, "the new level of -v");
  with.required("debugging", levels.debugging, "the new level of -d");
}

template <class With, Is<event::RunFinished> Run>
void fields(With& with, Run& run) {
  with.required("elapsed", run.elapsed, "duration of the run");
  with.computed("exit", kExits[run.error.empty() && run.not_sent.empty() ? 0 : 1], "\"success\" or \"error\"");
  with.required("hosts_up", run.hosts_up, "number of hosts that are up");
  with.required("hosts_down", run.hosts_down, "number of hosts that are down");
  with.required("hosts_total", run.hosts_total, "number of finished hosts");
  with.required("scripts_left_out", run.scripts_left_out, "number of broken scripts that were left out");
  with.required("scripts_stopped", run.scripts_stopped, "number of scripts that exceeded a limit");
  with.required("unknown_services", run.unknown_services, "number of open ports whose service is only assumed");
  with.optional("error", run.error, "why the run did not reach its end");
  with.optional("not_sent", run.not_sent, "why probes could not be sent");
  with.optional("only_help", run.only_help, "true with --script-help: nothing was scanned");
}

/// Name of an event in NDJSON, and what it means.
struct EventTitle {
  std::string_view name, meaning;
};
template <class Event>
inline constexpr EventTitle kTitle;
template <>
inline constexpr EventTitle kTitle<event::RunStarted>{"run_started", "the first event"};
template <>
inline constexpr EventTitle kTitle<event::RunResumed>{"run_resumed", "the run goes on after an interruption"};
template <>
inline constexpr EventTitle kTitle<event::ScriptCrashed>{"script_crashed", "a script has ended the process"};
template <>
inline constexpr EventTitle kTitle<event::TargetResolved>{"target_resolved", "the addresses of a name are known"};
template <>
inline constexpr EventTitle kTitle<event::TargetsRead>{"targets_read", "targets were read from a file or a pipe"};
template <>
inline constexpr EventTitle kTitle<event::TargetsAdded>{"targets_added", "scripts have added targets"};
template <>
inline constexpr EventTitle kTitle<event::TargetSkipped>{"target_skipped", "a target is not scanned"};
template <>
inline constexpr EventTitle kTitle<event::TaskStarted>{"task_started", "the first host has started a task"};
template <>
inline constexpr EventTitle kTitle<event::TaskProgress>{"task_progress", "how much of the current phase is done"};
template <>
inline constexpr EventTitle kTitle<event::TaskEnded>{"task_ended", "the last host has ended a task"};
template <>
inline constexpr EventTitle kTitle<event::HostStarted>{"host_started", "the processing of a host starts"};
template <>
inline constexpr EventTitle kTitle<event::PortDiscovered>{"port_discovered", "an open port was found"};
template <>
inline constexpr EventTitle kTitle<event::ServiceDetected>{"service", "version detection has decided a port"};
template <>
inline constexpr EventTitle kTitle<event::ScriptStarted>{"script_started", "the action of a script instance starts"};
template <>
inline constexpr EventTitle kTitle<event::ScriptFinished>{"script", "a script instance has ended"};
template <>
inline constexpr EventTitle kTitle<event::ChildThreadFailed>{"worker_failed", "a child thread has failed"};
template <>
inline constexpr EventTitle kTitle<event::DeadlockFound>{"deadlock", "no event can wake any script thread"};
template <>
inline constexpr EventTitle kTitle<HostReport>{"host", "a host is done"};
template <>
inline constexpr EventTitle kTitle<HostReported>{"host_reported", "a host that waited is reported"};
template <>
inline constexpr EventTitle kTitle<event::PhaseFinished>{"phase_finished", "the scripts of a phase have ended"};
template <>
inline constexpr EventTitle kTitle<event::Log>{"log", "a line for the user"};
template <>
inline constexpr EventTitle kTitle<event::Stats>{"stats", "counters of the run"};
template <>
inline constexpr EventTitle kTitle<event::LevelsChanged>{"levels_changed", "the user has changed a level"};
template <>
inline constexpr EventTitle kTitle<event::RunFinished>{"run_finished", "the last event"};

/// Calls `visit` with a null pointer to each type that is one line of NDJSON, in the order of docs/ndjson.md.
/// ScriptCrashed, TargetResolved, TargetsRead, TargetsAdded and HostReported are lines of journals only.
template <class Visit>
void for_each_kind(Visit visit) {
  const auto each = [&](auto*... kinds) { (visit(kinds), ...); };
  using namespace event;
  each(static_cast<RunStarted*>(nullptr), static_cast<RunResumed*>(nullptr), static_cast<RunFinished*>(nullptr),
       static_cast<PhaseFinished*>(nullptr), static_cast<TaskStarted*>(nullptr), static_cast<TaskProgress*>(nullptr),
       static_cast<TaskEnded*>(nullptr), static_cast<Stats*>(nullptr), static_cast<Log*>(nullptr),
       static_cast<LevelsChanged*>(nullptr), static_cast<TargetSkipped*>(nullptr), static_cast<HostStarted*>(nullptr),
       static_cast<PortDiscovered*>(nullptr), static_cast<ServiceDetected*>(nullptr), static_cast<HostReport*>(nullptr),
       static_cast<ScriptStarted*>(nullptr), static_cast<ScriptFinished*>(nullptr),
       static_cast<ChildThreadFailed*>(nullptr), static_cast<DeadlockFound*>(nullptr));
}

}  // namespace sluice::output
