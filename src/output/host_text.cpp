// SPDX-License-Identifier: Apache-2.0
#include "output/host_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "output/append.hpp"
#include "output/escape.hpp"
#include "output/ignored_ports.hpp"
#include "output/paint.hpp"
#include "output/phrases.hpp"
#include "output/script_text.hpp"

namespace sluice::output {
namespace {

/// Returns seconds with two significant digits, without exponent: "0.00010", "0.0015", "12".
std::string latency_text(Microseconds srtt) {
  const double seconds = static_cast<double>(srtt.count()) / 1e6;
  const std::string rounded = fmt::format("{:.1e}", seconds);
  const auto exponent = static_cast<int>(std::strtol(rounded.c_str() + rounded.find('e') + 1, nullptr, 10));
  return fmt::format("{:.{}f}", seconds, std::max(0, 1 - exponent));
}

std::string received_text(Reason reason, int ttl) {
  std::string text(to_text(reason));
  if (ttl > 0) append(text, " ttl {}", ttl);
  return text;
}

struct HostText {
  const HostReport& host;
  const WriterOptions& options;
  const std::string name = protect(display_name(host), Keep::OneLine);
  const bool with_reasons = options.reason || options.debugging > 0 || options.verbosity > 1;
  const bool colour = options.colour && !options.file;
  std::string out{};

  [[nodiscard]] std::string in(Paint paint, std::string_view text) const {
    return painted(text, colour ? paint : Paint::None);
  }

  void header() {
    if (!host.up && !host.listed_only) {
      const std::string_view status = status_text(host);
      append(out, "Nmap scan report for {} [host {}", name, status);
      if (status == "unknown")
        append(out, ", {}", to_text(host.reason));
      else if (with_reasons)
        append(out, ", received {}", received_text(host.reason, host.reason_ttl));
      out += "]\n";
      return;
    }
    out += in(Paint::Bold, "Nmap scan report for " + name) + '\n';
    if (host.up) {
      out += "Host is up";
      if (with_reasons) append(out, ", received {}", received_text(host.reason, host.reason_ttl));
      if (host.times && host.times->srtt.count() > 0) append(out, " ({}s latency)", latency_text(host.times->srtt));
      out += ".\n";
    }
    if (!host.other_addresses.empty()) {
      append(out, "Other addresses for {} (not scanned):", protect(host.target_name, Keep::OneLine));
      for (const Address& address : host.other_addresses) append(out, " {}", address.text());
      out += '\n';
    }
    if (!host.target_name.empty() && !host.reverse_name.empty() && host.target_name != host.reverse_name)
      append(out, "rDNS record for {}: {}\n", host.address.text(), protect(host.reverse_name, Keep::OneLine));
    if ((options.verbosity > 1 || options.debugging > 0) && host.start != WallTime{})
      append(out, "Scanned at {} for {}s\n", local_time(host.start, "%Y-%m-%d %H:%M:%S %Z"),
             std::max(0LL, unix_seconds(host.end) - unix_seconds(host.start)));
    if (host.timed_out) out += in(Paint::Red, fmt::format("Skipping host {} due to host timeout\n", name));
    if (!host.incomplete.empty() && !host.timed_out)
      out += in(Paint::Red, fmt::format("Incomplete: {}\n", protect(host.incomplete, Keep::OneLine)));
  }

  void ports() {
    if (host.ports.empty()) return mac();
    const std::vector<IgnoredPorts> ignored = ignored_ports(host, options);
    std::size_t listed = host.ports.size();
    for (const IgnoredPorts& entry : ignored) listed -= entry.count;
    if (listed == 0) append(out, "All {} scanned ports on {} are in ignored states.\n", host.ports.size(), name);
    not_shown(ignored);
    if (listed == 0) return mac();
    if (ignored.empty()) out += '\n';
    table(ignored);
    fingerprints(ignored);
    mac();
    service_info(ignored);
  }

  void mac() {
    if (host.mac.empty()) return;
    append(out, "MAC Address: {} ({})\n", mac_text(host.mac),
           host.mac_vendor.empty() ? "Unknown" : protect(host.mac_vendor, Keep::OneLine));
  }

  void not_shown(const std::vector<IgnoredPorts>& ignored) {
    std::string_view separator = "Not shown: ";
    for (const IgnoredPorts& entry : ignored)
      for (const IgnoredPorts::Part& part : entry.parts) {
        append(out, "{}{} {} {} ports ({})", separator, part.count, to_text(entry.state), to_text(part.protocol),
               to_text(part.reason));
        separator = ", ";
      }
    if (!ignored.empty()) out += '\n';
  }

  void table(const std::vector<IgnoredPorts>& ignored) {
    using Row = std::array<std::string, 5>;
    std::vector<Row> rows{
        {"PORT", "STATE", "SERVICE", with_reasons ? "REASON" : "", options.detection ? "VERSION" : ""}};
    std::vector<const PortReport*> listed;
    for (const PortReport& port : host.ports) {
      if (is_ignored(ignored, port.state)) continue;
      listed.push_back(&port);
      rows.push_back({fmt::format("{}/{}", port.number, to_text(port.protocol)), std::string(to_text(port.state)),
                      service_cell(port), with_reasons ? received_text(port.reason, port.reason_ttl) : "",
                      version_cell(port)});
      if (!rows.back().back().empty()) rows.front().back() = "VERSION";
    }
    std::array<std::size_t, std::tuple_size_v<Row>> widths{};
    for (const Row& row : rows)
      for (std::size_t column = 0; column < row.size(); ++column)
        widths[column] = std::max(widths[column], row[column].size());
    constexpr std::size_t kState = 1;
    for (std::size_t index = 0; index < rows.size(); ++index) {
      std::string line;
      for (std::size_t column = 0; column < widths.size(); ++column) {
        if (widths[column] == 0) continue;
        const std::string& text = rows[index][column];
        const bool is_state = index > 0 && column == kState;
        line += is_state ? in(paint_of(listed[index - 1]->state), text) : text;
        line.append(widths[column] + 1 - text.size(), ' ');
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + '\n';
      if (index > 0 && listed[index - 1]->detail) scripts(listed[index - 1]->detail->scripts);
    }
  }

  /// Returns one line of ASCII, so that the number of bytes is the width.
  static std::string cell(std::string_view text) { return protect(protect(text, Keep::OneLine), Keep::AsciiLines); }

  [[nodiscard]] std::string service_cell(const PortReport& port) const {
    const std::string service = service_text(port, options.detection);
    return service.empty() ? "unknown" : cell(service);
  }

  [[nodiscard]] std::string version_cell(const PortReport& port) const {
    if (!options.versions || !port.detail || !port.detail->service) return "";
    return cell(version_text(*port.detail->service));
  }

  /// Appends the fingerprints of services that version detection did not recognise.
  void fingerprints(const std::vector<IgnoredPorts>& ignored) {
    if (!options.detection) return;
    std::string lines;
    std::size_t count = 0;
    for (const PortReport& port : host.ports) {
      if (is_ignored(ignored, port.state) || !port.detail || !port.detail->service) continue;
      if (port.detail->service->fingerprint.empty()) continue;
      ++count;
      lines += wrap_fingerprint(cell(port.detail->service->fingerprint)) + '\n';
    }
    if (count == 1) out += "Fingerprint of 1 service that is not recognised for certain:\n";
    if (count > 1) append(out, "Fingerprints of {} services that are not recognised for certain:\n", count);
    out += lines;
  }

  /// Appends the line "Service Info": what the services report about the machine.
  void service_info(const std::vector<IgnoredPorts>& ignored) {
    std::vector<std::string> hosts, systems, devices, cpes;
    const auto add = [](std::vector<std::string>& list, const std::string& text, auto same) {
      const auto is_text = [&](const std::string& other) { return same(other, text); };
      if (!text.empty() && std::none_of(list.begin(), list.end(), is_text)) list.push_back(text);
    };
    for (const PortReport& port : host.ports) {
      if (is_ignored(ignored, port.state) || !port.detail || !port.detail->service) continue;
      const Service& service = *port.detail->service;
      add(hosts, service.hostname, equal_ignoring_case);
      add(systems, service.ostype, std::equal_to<>());
      add(devices, service.devicetype, std::equal_to<>());
      for (const std::string& cpe : service.cpe)
        if (!cpe.starts_with("cpe:/a:")) add(cpes, cpe, std::equal_to<>());  // "cpe:/a:" names the service
    }
    std::string line;
    const auto part = [&](std::string_view title, std::string_view plural, const std::vector<std::string>& list) {
      if (list.empty()) return;
      append(line, "{} {}{}: {}", line.empty() ? "Service Info:" : ";", title, list.size() > 1 ? plural : "",
             fmt::join(list, ", "));
    };
    part("Host", "s", hosts);
    part("OS", "s", systems);
    part("Device", "s", devices);
    part("CPE", "", cpes);
    if (!line.empty()) append(out, "{}\n", protect(line, Keep::OneLine));
  }

  void scripts(const std::vector<ScriptResult>& reports) {
    for (const ScriptResult& script : reports) out += script_text(script, colour);
  }

  std::string text() && {
    header();
    ports();
    if (!host.scripts.empty()) {
      out += "\nHost script results:\n";
      scripts(host.scripts);
    }
    // As in Nmap, no blank line follows a host without ports and results.
    if (!host.ports.empty() || !host.scripts.empty()) out += '\n';
    return std::move(out);
  }
};

}  // namespace

std::string host_text(const HostReport& host, const WriterOptions& options) { return HostText{host, options}.text(); }

}  // namespace sluice::output
