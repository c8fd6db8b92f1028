// SPDX-License-Identifier: Apache-2.0
#include "output/csv_writer.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

#include "output/escape.hpp"
#include "output/ignored_ports.hpp"
#include "output/phrases.hpp"

namespace sluice::output {
namespace {

constexpr const char* kColumns =
    "address,name,reverse_name,status,protocol,port,state,reason,service,tls,product,version,extrainfo,cpe,"
    "incomplete\n";

/// Returns a cell. A text that a spreadsheet would take for a formula gets an apostrophe in front.
std::string cell(std::string_view text) {
  std::string plain = protect(text, Keep::Lines);
  if (!plain.empty() && std::string_view("=+-@\t").find(plain.front()) != std::string_view::npos)
    plain.insert(0, 1, '\'');
  if (plain.find_first_of(",\"\n") == std::string::npos) return plain;
  std::string quoted = "\"";
  for (const char character : plain) quoted += character == '"' ? "\"\"" : std::string(1, character);
  return quoted + '"';
}

std::string row(std::initializer_list<std::string_view> cells) {
  std::string text;
  for (const std::string_view each : cells) text += (text.empty() ? "" : ",") + cell(each);
  return text + '\n';
}

std::string port_row(const HostReport& host, const PortReport& port) {
  static const Service kUnknown;
  const Service& service = port.detail && port.detail->service ? *port.detail->service : kUnknown;
  std::string cpe;
  for (const std::string& name : service.cpe) cpe += (cpe.empty() ? "" : " ") + name;
  return row({host.address.text_with_scope(), host.target_name, host.reverse_name, status_text(host),
              to_text(port.protocol), std::to_string(port.number), to_text(port.state), to_text(port.reason),
              service_name(port), service.tls ? "ssl" : "", service.product, service.version, service.extrainfo, cpe,
              host.incomplete});
}

std::string host_rows(const HostReport& host, const WriterOptions& options) {
  const std::vector<IgnoredPorts> ignored = ignored_ports(host, options);
  std::string text;
  for (const PortReport& port : host.ports)
    if (!is_ignored(ignored, port.state)) text += port_row(host, port);
  if (!text.empty()) return text;
  return row({host.address.text_with_scope(), host.target_name, host.reverse_name, status_text(host), "", "", "",
              to_text(host.reason), "", "", "", "", "", "", host.incomplete});
}

}  // namespace

void CsvWriter::on_event(const Event& event) {
  if (finished_) return;
  if (!begun_) sink_(kColumns);
  begun_ = true;
  if (const auto* levels = std::get_if<event::LevelsChanged>(&event.what)) {
    options_.verbosity = levels->verbosity;
    options_.debugging = levels->debugging;
  } else if (const auto* host = std::get_if<event::HostFinished>(&event.what)) {
    if (is_reported(*host->report, options_)) sink_(host_rows(*host->report, options_));
  }
  finished_ = std::holds_alternative<event::RunFinished>(event.what);
}

}  // namespace sluice::output
