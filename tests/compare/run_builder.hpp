// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sluice/compare.hpp>
#include <string>
#include <vector>

// Runs for the tests of comparisons, and their differences as text and JSON.

namespace sluice::test {

/// The reports of a run and what it asked.
struct TestRun {
  std::string ports = "1-10";  ///< TCP ports that the run scans; "" if the report does not say it
  std::vector<HostReport> hosts;
  std::vector<std::string> scripts;  ///< ids of scripts that had no result anywhere
  std::vector<std::pair<std::string, std::string>> prerules;
  std::vector<HostReport> started;  ///< hosts that have started only
  std::string error;
  bool ends = true, starts = true;
  std::optional<Options> options;
  std::vector<std::string> arguments{"sluice"}, skipped;
  std::size_t down = 0;
};

inline PortReport port(std::uint16_t number, PortState state, std::vector<ScriptResult> scripts = {},
                       std::optional<Service> service = {}, Protocol protocol = Protocol::Tcp) {
  PortReport report;
  report.number = number;
  report.protocol = protocol;
  report.state = state;
  if (service || !scripts.empty()) {
    report.detail = std::make_unique<PortDetail>();
    report.detail->service = std::move(service);
    report.detail->scripts = std::move(scripts);
  }
  return report;
}

inline Service http(const std::string& version) {
  Service service;
  service.name = "http";
  service.product = "Apache";
  service.version = version;
  service.probed = true;
  return service;
}

template <class... Ports>
HostReport host(const std::string& address, Ports... ports) {
  HostReport report;
  report.address = *Address::parse(address);
  report.up = report.ports_scanned = true;
  report.reason = Reason::SynAck;
  (report.ports.push_back(std::move(ports)), ...);
  return report;
}

inline void feed(const TestRun& run, Observer& observer) {
  event::RunStarted started;
  started.arguments = run.arguments;
  if (!run.ports.empty()) started.scans.push_back({"connect", Protocol::Tcp, 0, run.ports});
  observer.on_event({{}, started});
  for (const std::string& target : run.skipped) observer.on_event({{}, event::TargetSkipped{target, "unknown"}});
  for (const auto& [id, output] : run.prerules) {
    event::ScriptFinished script;
    script.id = id;
    script.place.phase = "prerule";
    script.outcome = event::Outcome::Result;
    script.result = ScriptResult{id, output, {}};
    observer.on_event({{}, script});
  }
  for (const HostReport& report : run.started) {
    observer.on_event({{}, event::HostStarted{report.address, report.target_name}});
    for (const PortReport& found : report.ports)
      observer.on_event({{}, event::PortDiscovered{report.address, found.number, found.protocol}});
  }
  for (const HostReport& report : run.hosts) {
    if (run.starts) observer.on_event({{}, event::HostStarted{report.address, report.target_name}});
    for (const std::string& id : run.scripts) {
      event::ScriptFinished script;
      script.id = id;
      script.place.phase = "hostrule";
      script.place.address = report.address;
      observer.on_event({{}, script});
    }
    observer.on_event({{}, event::HostFinished{std::make_shared<HostReport>(report)}});
  }
  event::RunFinished finished;
  finished.error = run.error;
  finished.hosts_down = run.down;
  if (run.ends) observer.on_event({{}, finished});
}

/// Returns what a writer makes of the differences.
inline std::string difference(const TestRun& old_run, const TestRun& new_run, const CompareOptions& options = {},
                              ChangeFormat format = ChangeFormat::Text) {
  RunSummary old_summary, new_summary;
  feed(old_run, old_summary);
  feed(new_run, new_summary);
  if (old_run.options) old_summary.set_options(*old_run.options);
  if (new_run.options) new_summary.set_options(*new_run.options);
  std::string text;
  const auto writer = make_change_writer(format, "old", "new", [&](std::string_view bytes) { text += bytes; });
  compare_runs(old_summary, new_summary, options, [&](const Change& change) { writer->write(change); });
  writer->finish();
  return text;
}

inline nlohmann::json json_difference(const TestRun& old_run, const TestRun& new_run,
                                      const CompareOptions& options = {}) {
  return nlohmann::json::parse(difference(old_run, new_run, options, ChangeFormat::Json));
}

/// Returns a run of up to eight hosts that depends only on `seed`.
inline TestRun random_run(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](unsigned limit) { return random() % limit; };
  const auto texts = [&](unsigned least) {
    constexpr const char* kTexts[] = {
        "", "one", "two\nlines", "Date: 2026-11-24 04:00:00", "Date: 2026-11-25 05:00:01", "a/~b"};
    return std::string(kTexts[least + below(6 - least)]);
  };
  const auto results = [&] {
    std::vector<ScriptResult> list;
    for (const char* id : {"a", "b/c~d", "e"})
      if (below(3) == 0) list.push_back({id, texts(1), {}});
    return list;
  };
  TestRun run;
  run.starts = below(2) == 0;
  run.ends = below(4) != 0;
  run.ports = below(2) == 0 ? "1-10" : "3-14";
  run.options.emplace();
  run.options->versions = below(2) == 0;
  run.options->scripts = below(2) == 0;
  run.options->reverse_dns = below(2) == 0 ? Options::ReverseDns::Never : Options::ReverseDns::UpOnly;
  const unsigned first = run.ports == "1-10" ? 1 : 3, last = run.ports == "1-10" ? 10 : 14;
  for (unsigned number = 1; number <= 8; ++number) {
    if (below(3) == 0) continue;
    HostReport report = host("10.0.0." + std::to_string(number));
    report.target_name = below(2) == 0 ? "name" + std::to_string(below(4)) : "";
    report.incomplete = below(5) == 0 ? "stopped" : "";
    report.mac = below(4) == 0 ? std::string(6, static_cast<char>(below(3))) : "";
    report.listed_only = below(9) == 0;
    report.up = !report.listed_only && below(9) != 0;
    if (report.up) {
      report.scripts = results();
      const bool partial = below(3) == 0;
      for (unsigned at = first; at <= last; ++at) {
        if (partial && below(2) == 0) continue;
        const auto state = static_cast<PortState>(below(2) == 0 ? 1 : below(7));
        report.ports.push_back(port(static_cast<std::uint16_t>(at), state));
        if (state != PortState::Open) continue;
        std::optional<Service> service;
        if (below(2) == 0) service = http(texts(0));
        report.ports.back() = port(static_cast<std::uint16_t>(at), state, results(), service);
      }
    }
    run.hosts.push_back(std::move(report));
  }
  while (below(2) == 0) run.prerules.emplace_back("p", texts(1));
  return run;
}

}  // namespace sluice::test
