// SPDX-License-Identifier: Apache-2.0
#include "output/grepable_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "output/escape.hpp"
#include "output/ignored_ports.hpp"
#include "output/phrases.hpp"

namespace sluice::output {
namespace {

std::string protected_line(std::string_view text) { return protect(text, Keep::OneLine) + '\n'; }

/// Returns text for a field of a port, in which slashes are separators.
std::string field(std::string text) {
  std::replace(text.begin(), text.end(), '/', '|');
  return protect(text, Keep::OneLine);
}

std::string opening(const event::RunStarted& run, WallTime time, const WriterOptions& options) {
  std::string text = protected_line("# " + initiated_text(run, time));
  if (const std::string settings = settings_text(run); !settings.empty()) text += protected_line("# " + settings);
  if (options.verbosity < 1) return text;
  text += "# Ports scanned:";
  for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp, Protocol::Sctp}) {
    const auto scan = std::find_if(run.scans.begin(), run.scans.end(),
                                   [&](const event::RunStarted::Scan& entry) { return entry.protocol == protocol; });
    std::string name(to_text(protocol));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    fmt::format_to(std::back_inserter(text), " {}({};{})", name, scan == run.scans.end() ? 0 : scan->port_count,
                   scan == run.scans.end() ? "" : scan->ports);
  }
  return text + " PROTOCOLS(0;)\n";
}

std::string port_text(const PortReport& port, const WriterOptions& options) {
  const std::string version = port.detail && port.detail->service ? version_text(*port.detail->service) : "";
  return fmt::format("{}/{}/{}//{}//{}/", port.number, to_text(port.state), to_text(port.protocol),
                     field(service_text(port, options.detection)), field(version));
}

std::string host_lines(const HostReport& host, const WriterOptions& options) {
  const std::string name =
      fmt::format("Host: {} ({})\t", host.address.text(), protect(host.reverse_name, Keep::OneLine));
  std::string status(status_text(host));
  status[0] = static_cast<char>(status[0] - 'a' + 'A');
  std::string text = name + "Status: " + status + '\n';
  if (host.timed_out) text += name + "Status: Timeout\n";
  if (!host.incomplete.empty()) text += protected_line("# Incomplete: " + host.address.text() + ": " + host.incomplete);
  if (host.ports.empty()) return text;
  const std::vector<IgnoredPorts> ignored = ignored_ports(host, options);
  text += name + "Ports: ";
  std::string_view separator;
  for (const PortReport& port : host.ports) {
    if (is_ignored(ignored, port.state)) continue;
    text.append(separator).append(port_text(port, options));
    separator = ", ";
  }
  if (ignored.size() == 1)
    fmt::format_to(std::back_inserter(text), "\tIgnored State: {} ({})", to_text(ignored[0].state), ignored[0].count);
  return text + '\n';
}

}  // namespace

void GrepableWriter::on_event(const Event& event) {
  if (finished_) return;
  if (const auto* started = std::get_if<event::RunStarted>(&event.what)) {
    sink_(opening(*started, event.time, options_));
  } else if (const auto* host = std::get_if<event::HostFinished>(&event.what)) {
    if (is_reported(*host->report, options_)) sink_(host_lines(*host->report, options_));
  } else if (const auto* levels = std::get_if<event::LevelsChanged>(&event.what)) {
    options_.verbosity = levels->verbosity;
    options_.debugging = levels->debugging;
  } else if (const auto* run = std::get_if<event::RunFinished>(&event.what)) {
    finished_ = true;
    std::string text;
    if (!run->not_sent.empty()) text = protected_line("# Not complete: " + run->not_sent);
    if (!run->error.empty()) text += protected_line("# Stopped: " + run->error);
    sink_(text + fmt::format("# Nmap done at {} -- {}\n", ctime_text(event.time), totals_text(*run)));
  }
}

}  // namespace sluice::output
