// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <ctime>
#include <memory>
#include <sluice/writer.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/ndjson_lines.hpp"

// Short reports for the tests of the writers, and a function that returns the output of a writer.

namespace sluice::output {

/// Returns 2026-11-24 04:00:00 UTC plus `seconds`.
inline WallTime at(int seconds = 0) { return WallTime{} + std::chrono::seconds(1795492800 + seconds); }

inline PortReport port(std::uint16_t number, PortState state, Reason reason, std::string_view service = "",
                       Protocol protocol = Protocol::Tcp) {
  PortReport report;
  report.number = number;
  report.protocol = protocol;
  report.state = state;
  report.reason = reason;
  report.table_service = service;
  return report;
}

inline PortReport open_port(std::uint16_t number, std::string_view service = "") {
  return port(number, PortState::Open, Reason::SynAck, service);
}

inline PortReport with_scripts(PortReport report, std::vector<ScriptResult> scripts) {
  report.detail = std::make_unique<PortDetail>();
  report.detail->scripts = std::move(scripts);
  return report;
}

inline PortReport with_service(PortReport report, Service service) {
  if (!report.detail) report.detail = std::make_unique<PortDetail>();
  report.detail->service = std::move(service);
  return report;
}

template <class... Ports>
std::vector<PortReport> ports(Ports... each) {
  std::vector<PortReport> list;
  (list.push_back(std::move(each)), ...);
  return list;
}

/// `count` ports from `first` on, appended to `list`.
inline void add_ports(std::vector<PortReport>& list, std::uint16_t first, int count, PortState state, Reason reason,
                      Protocol protocol = Protocol::Tcp) {
  for (int index = 0; index < count; ++index)
    list.push_back(port(static_cast<std::uint16_t>(first + index), state, reason, "", protocol));
}

inline HostReport up_host(std::vector<PortReport> list = {}) {
  HostReport host;
  host.address = Address::v4(0x7F000001);
  host.up = true;
  host.reason = Reason::LocalhostResponse;
  host.ports_scanned = !list.empty();
  host.ports = std::move(list);
  return host;
}

inline event::HostFinished finished(HostReport host) { return {std::make_shared<const HostReport>(std::move(host))}; }

/// Returns the bytes that a writer emits for `events`. The time of each event is one second after that of the previous.
template <class... Events>
std::string written(Format format, const WriterOptions& options, Events... events) {
  setenv("TZ", "UTC", 1);
  tzset();
  std::string bytes;
  const std::unique_ptr<Observer> writer =
      make_writer(format, options, [&](std::string_view piece) { bytes += piece; });
  int second = 0;
  (writer->on_event({at(second++), std::move(events)}), ...);
  if (format == Format::Json) keep_lines(bytes);
  return bytes;
}

}  // namespace sluice::output
