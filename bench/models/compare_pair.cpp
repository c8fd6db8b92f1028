// SPDX-License-Identifier: Apache-2.0
// Writes two journals for measurements of `sluice diff` and `sluice convert`: runs of HOSTS hosts with PORTS open ports
// each, and a result of a script at the first port. They have the rows of a run that has ended. One port in 64 differs
// between them.
//
//   compare_pair HOSTS PORTS OLD NEW

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sluice/journal.hpp>
#include <string>

namespace {

using namespace sluice;

event::HostFinished host_of(std::uint32_t number, std::uint16_t ports, bool is_new) {
  const WallTime time = std::chrono::system_clock::now();
  auto report = std::make_shared<HostReport>();
  report->address = Address::v4(0x0A000000 + number);
  report->up = report->ports_scanned = true;
  report->reason = Reason::SynAck;
  report->start = report->end = time;
  for (std::uint16_t index = 0; index < ports; ++index) {
    const bool changed = is_new && (number + index) % 64 == 0;
    PortReport port;
    port.number = static_cast<std::uint16_t>(7001 + index);
    port.state = changed ? PortState::Closed : PortState::Open;
    port.reason = changed ? Reason::ConnRefused : Reason::SynAck;
    port.table_service = "afs3-callback";
    if (!changed && index == 0) {
      port.detail = std::make_unique<PortDetail>();
      port.detail->scripts = {{"banner", "host " + std::to_string(number), {}}};
    }
    report->ports.push_back(std::move(port));
  }
  return {std::move(report)};
}

/// Calls `emit` with the events of the results of a host.
template <class Emit>
void emit_results(const HostReport& host, Emit emit) {
  for (const PortReport& port : host.ports) {
    if (!port.detail) continue;
    for (const ScriptResult& result : port.detail->scripts) {
      const ScriptPlace place{"portrule", host.address, "", port.number, port.protocol};
      event::ScriptFinished script;
      script.id = result.id;
      script.place = place;
      script.outcome = event::Outcome::Result;
      script.result = result;
      script.elapsed = std::chrono::microseconds(1234);
      emit(event::ScriptStarted{result.id, place});
      emit(std::move(script));
    }
  }
}

bool write(const char* path, std::uint32_t hosts, std::uint16_t ports, bool is_new) {
  auto journal = Journal::open({.path = path, .sync = JournalOptions::Sync::Normal});
  if (!journal) return false;
  const auto emit = [&](auto what) { (*journal)->on_event({std::chrono::system_clock::now(), std::move(what)}); };
  event::RunStarted run{{"sluice", "10.0.0.0/16"}, 0, 0, {}};
  run.scans.push_back({"connect", Protocol::Tcp, ports, "7001-" + std::to_string(7000 + ports)});
  emit(run);
  for (std::uint32_t number = 0; number < hosts; ++number) {
    const event::HostFinished host = host_of(number, ports, is_new);
    emit(event::HostStarted{host.report->address, ""});
    for (const PortReport& port : host.report->ports)
      if (port.state == PortState::Open) emit(event::PortDiscovered{host.report->address, port.number, port.protocol});
    emit_results(*host.report, emit);
    emit(host);
  }
  event::RunFinished finished;
  finished.hosts_up = finished.hosts_total = hosts;
  emit(finished);
  return (*journal)->close().has_value();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const auto hosts = static_cast<std::uint32_t>(std::strtoul(arguments[1], nullptr, 10));
  const auto ports = static_cast<std::uint16_t>(std::strtoul(arguments[2], nullptr, 10));
  if (write(arguments[3], hosts, ports, false) && write(arguments[4], hosts, ports, true)) return 0;
  std::fputs("compare_pair: a journal cannot be written\n", stderr);
  return 1;
}
