// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <sluice/writer.hpp>
#include <string>
#include <utility>
#include <vector>

#include "output/sample_report.hpp"

// A run for the tests of the readers.

namespace sluice::output {

/// Returns the bytes that a writer emits for the events.
inline std::string all_written(Format format, const WriterOptions& options, const std::vector<Event>& events) {
  std::string bytes;
  const auto writer = make_writer(format, options, [&](std::string_view piece) { bytes += piece; });
  for (const Event& event : events) writer->on_event(event);
  return bytes;
}

/// Keeps the events.
struct Collector final : Observer {
  void on_event(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

inline ScriptPlace place_of(const HostReport& host, std::optional<std::uint16_t> port = {}) {
  return {port ? "portrule" : "hostrule", host.address, host.target_name, port, Protocol::Tcp};
}

inline event::ScriptFinished result_of(std::string id, ScriptPlace place, std::string output,
                                       std::optional<Value> data = {}) {
  event::ScriptFinished script;
  script.id = id;
  script.place = std::move(place);
  script.outcome = event::Outcome::Result;
  script.result = ScriptResult{std::move(id), std::move(output), std::move(data)};
  script.elapsed = std::chrono::microseconds(1234567);
  return script;
}

inline Value every_kind_of_value() {
  const Value one{std::int64_t{1}}, bytes{std::string("\xff\x00", 2)};
  Value::Table plain{{one, Value{2.5}, Value{1e300}}, {{"$base64", Value{true}}, {"$items", one}, {"z", bytes}}};
  Value::Table twice{{}, {{"a", one}, {"a", Value{Value::Table{}}}, {"\xff", Value{std::string("x")}}}};
  return Value{Value::Table{
      {Value{plain}, Value{twice}, Value{std::numeric_limits<double>::infinity()}, Value{false}},
      {{"least", Value{std::numeric_limits<std::int64_t>::min()}}, {"three", Value{3.0}}, {"", Value{std::string()}}}}};
}

/// A run with every kind of event, texts that are not UTF-8, and values that are not the default.
inline std::vector<Event> sample_run() {
  Service service;
  service.name = "http";
  service.product = "Pro\xff";
  service.fingerprint = "SF-Port80";
  service.tls = service.probed = true;
  service.confidence = 8;
  service.cpe = {"cpe:/a:p:q", "cpe:/o:x\xff"};
  std::vector<PortReport> list = ports(with_service(open_port(80, "www"), service), open_port(81, "hosts2-ns"),
                                       open_port(82), port(83, PortState::Filtered, Reason::HostUnreach, "mit-ml-dev"));
  list[0].reason_ttl = 64;
  add_ports(list, 100, 40, PortState::Closed, Reason::ConnRefused);
  add_ports(list, 150, 3, PortState::Closed, Reason::Reset);
  add_ports(list, 53, 2, PortState::OpenFiltered, Reason::NoResponse, Protocol::Udp);
  HostReport host = up_host(list);
  host.target_name = "www.example\xff";
  host.reverse_name = "localhost";
  host.other_addresses = {*Address::parse("::1")};
  host.mac = std::string("\x08\0\x27\1\2\xff", 6);
  host.mac_vendor = "Vendor";
  host.reason_ttl = 3;
  host.start = at() + std::chrono::milliseconds(1);
  host.end = at(3);
  host.times = RoundTrip{Microseconds(12), Microseconds(5000), Microseconds(100001)};
  HostReport given = up_host(ports(open_port(443, "https")));
  given.address = *Address::parse("fe80::1");
  given.ports_scanned = false;
  given.timed_out = true;
  given.incomplete = "the run \xff was stopped";
  HostReport down, listed, unknown;
  down.address = *Address::parse("192.0.2.1");
  down.reason = Reason::NoResponse;
  listed.address = *Address::parse("192.0.2.2");
  listed.listed_only = true;
  unknown.address = *Address::parse("192.0.2.3");
  unknown.reason = Reason::NotSent;

  const auto on_port = result_of("b", place_of(host, 80), "text\xff", every_kind_of_value());
  const auto first = result_of("a", place_of(host, 80), "");
  const auto on_host = result_of("c", place_of(host), "line\nline \\xFF");
  host.ports[0].detail->scripts = {*first.result, *on_port.result};
  host.scripts = {*on_host.result};
  event::ScriptFinished failed = result_of("d", place_of(host), "ERROR: x");
  failed.outcome = event::Outcome::Killed;
  failed.cause = event::KillCause::Memory;
  failed.message = "too much\xff";
  failed.traceback = "stack";
  failed.waited_for = "receive";
  failed.thread = "M:1";
  host.scripts.push_back(*failed.result);
  ScriptPlace nowhere;
  nowhere.phase = "prerule";
  const auto before = result_of("pre", nowhere, "before");

  std::vector<Event> run;
  const auto add = [&](auto what) { run.push_back({at(static_cast<int>(run.size())), std::move(what)}); };
  add(event::RunStarted{{"sluice", "a b\xff"}, 1, 0, {{"connect", Protocol::Tcp, 44, "80-83,100-139"}}});
  add(event::LevelsChanged{1, 1});
  add(event::LevelsChanged{1, 0});
  add(event::ScriptStarted{"pre", nowhere});
  add(before);
  add(event::PhaseFinished{true, {*before.result}});
  add(event::TargetSkipped{"x.invalid", "it does not resolve"});
  add(event::TaskStarted{"Connect Scan", "more"});
  add(event::TaskProgress{"Connect Scan", 12.25, 3, at(9)});
  add(event::TaskEnded{"Connect Scan", "44 total ports", std::chrono::milliseconds(1500)});
  add(event::HostStarted{host.address, host.target_name});
  add(event::PortDiscovered{host.address, 80, Protocol::Tcp});
  add(event::ServiceDetected{host.address, 80, Protocol::Tcp, service, "GetRequest", 4711, 3,
                             std::chrono::milliseconds(250)});
  for (const auto& script : {on_port, on_host, first, failed}) add(script);
  add(event::ChildThreadFailed{failed});
  add(event::DeadlockFound{{{"c", "M:7", place_of(host, 80), "mutex", "stack"}}});
  add(event::Log{event::LogTo::Error, "Warning: x\xff"});
  add(event::Log{event::LogTo::Output, "NSE: y", 1});
  add(event::Stats{std::chrono::milliseconds(1), 1, 2, 3, 4, 5, 6, "the oldest"});
  for (HostReport& each : std::vector<HostReport>{host, given, down, listed, unknown}) add(finished(std::move(each)));
  add(event::PhaseFinished{false, {}});
  event::RunFinished end;
  end.elapsed = std::chrono::milliseconds(12345);
  end.hosts_up = 2;
  end.hosts_down = 1;
  end.hosts_total = 5;
  end.scripts_left_out = 1;
  end.error = "stopped";
  end.unknown_services = 2;
  end.scripts_stopped = 1;
  end.not_sent = "no descriptors";
  add(end);
  return run;
}

}  // namespace sluice::output
