// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <sluice/explain.hpp>
#include <string>
#include <utility>

#include "cli/command_platform.hpp"
#include "cli/explain_text.hpp"
#include "cli/print.hpp"
#include "cli/report_file.hpp"
#include "cli/report_source.hpp"
#include "cli/run.hpp"
#include "cli/script_commands.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t kBytesAtOnce = 1 << 16;  ///< of one write

/// Keeps the hosts of a stored run that are up.
class StoredHosts final : public Observer {
 public:
  void on_event(const Event& event) override {
    const auto* finished = std::get_if<event::HostFinished>(&event.what);
    if (finished && finished->report && finished->report->up) hosts.push_back(*finished->report);
  }
  std::vector<HostReport> hosts;
};

bool names_ports(const Options& options) {
  return options.ports || options.top_ports || options.port_ratio || (options.fast && !options.services_file);
}

/// Reads the hosts of --from. Errors: the run cannot be read, or has no host that is up.
Result<void> read_hosts(const CommandLine& command, ExplainRequest& request) {
  if (names_ports(command.options))
    return Error{"--from: takes the ports of the run; leave -p, -F, --top-ports and --port-ratio out"};
  StoredHosts stored;
  const Result<MissingEnd> read = read_report(*command.from, stored);
  if (!read) return read.error().in("--from");
  if (!read->empty()) tell(event::warning(*read + '.').text);
  if (stored.hosts.empty()) return Error{"--from: the run has no host that is up"};
  request.hosts = std::move(stored.hosts);
  request.options.family = request.hosts.front().address.family();
  return {};
}

Result<ExplainRequest> request_of(const CommandLine& command) {
  ExplainRequest request;
  request.options = command.options;
  request.places = command.operands;
  request.only = command.only;
  if (command.from) {
    if (auto read = read_hosts(command, request); !read) return read.error();
  } else if (command.operands.empty()) {
    return Error{"needs hosts: explain HOST:PORT, or explain --from RUN"};
  }
  return request;
}

}  // namespace

int explain(const CommandLine& command) {
  for (const std::string& warning : command.warnings) tell(event::warning(warning + '.').text);
  auto request = request_of(command);
  if (!request) return refuse(request.error().in("explain").message);

  ReportFile out = ReportFile::on(STDOUT_FILENO, false, "standard output");
  std::string pending;
  const auto flush = [&] { out.write(std::exchange(pending, {})); };
  const auto write = [&](std::string_view bytes) {
    pending += bytes;
    if (pending.size() >= kBytesAtOnce) flush();
  };
  ExplainText text(write);
  ExplainJson json(write);
  const bool as_json = command.changes.has_value();
  const auto answer = [&](const RuleAnswer& each) { as_json ? json.add(each) : text.add(each); };
  const auto log = [&](const event::Log& line) {
    if (line.verbosity <= command.options.verbosity) tell(line.text);
  };
  const Result<void> explained = explain_scripts(*request, answer, log, command_platform());
  if (!explained) return refuse(explained.error().in("explain").message);
  if (as_json) json.finish();
  flush();
  return out.error() == 0 ? kFinished : kLost;
}

}  // namespace sluice::cli
