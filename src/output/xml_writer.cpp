// SPDX-License-Identifier: Apache-2.0
#include "output/xml_writer.hpp"

#include <fmt/format.h>

#include <iterator>

#include "output/escape.hpp"
#include "output/host_xml.hpp"
#include "output/ignored_ports.hpp"
#include "output/phrases.hpp"
#include "output/script_text.hpp"

namespace sluice::output {
namespace {

std::string task_xml(std::string_view element, const std::string& task, const std::string& extra, WallTime time) {
  return fmt::format("<{}{} time=\"{}\"{}/>\n", element, xml_attribute("task", task), unix_seconds(time),
                     extra.empty() ? "" : xml_attribute("extrainfo", extra));
}

std::string progress_xml(const event::TaskProgress& task, WallTime time) {
  return fmt::format("<taskprogress{} time=\"{}\" percent=\"{:.2f}\" remaining=\"{}\" etc=\"{}\"/>\n",
                     xml_attribute("task", task.task), unix_seconds(time), task.percent, task.remaining,
                     unix_seconds(task.etc));
}

std::string phase_xml(const event::PhaseFinished& phase) {
  if (phase.scripts.empty()) return "";
  const std::string_view element = phase.before ? "prescript" : "postscript";
  std::string out = fmt::format("<{}>", element);
  for (const ScriptResult& script : phase.scripts) out += script_xml(script);
  return out + fmt::format("</{}>", element);
}

std::string closing(const event::RunFinished& run, WallTime time) {
  const std::string when = ctime_text(time);
  const std::string& error = run.error.empty() ? run.not_sent : run.error;
  return fmt::format(
      "<runstats><finished time=\"{}\" timestr=\"{}\"{} elapsed=\"{}\" exit=\"{}\"{}/>"
      "<hosts up=\"{}\" down=\"{}\" total=\"{}\"/>\n</runstats>\n</nmaprun>\n",
      unix_seconds(time), when, xml_attribute("summary", fmt::format("Nmap done at {}; {}", when, totals_text(run))),
      seconds_text(run.elapsed), error.empty() ? "success" : "error",
      error.empty() ? "" : xml_attribute("errormsg", error), run.hosts_up, run.hosts_down, run.hosts_total);
}

}  // namespace

std::string XmlWriter::opening(const event::RunStarted& run, WallTime time) const {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n";
  if (!options_.stylesheet.empty())
    out += fmt::format("<?xml-stylesheet{} type=\"text/xsl\"?>\n", xml_attribute("href", options_.stylesheet));
  out += fmt::format("<!-- {} -->\n", xml_escape(initiated_text(run, time)));
  out += fmt::format("<nmaprun scanner=\"nmap\"{} start=\"{}\" startstr=\"{}\"{} xmloutputversion=\"1.05\">\n",
                     xml_attribute("args", command_text(run.arguments)), unix_seconds(time), ctime_text(time),
                     xml_attribute("version", writer_version()));
  for (const event::RunStarted::Scan& scan : run.scans)
    out += fmt::format("<scaninfo{} protocol=\"{}\" numservices=\"{}\"{}/>\n", xml_attribute("type", scan.type),
                       to_text(scan.protocol), scan.port_count, xml_attribute("services", scan.ports));
  return out + fmt::format("<verbose level=\"{}\"/>\n<debugging level=\"{}\"/>\n", run.verbosity, run.debugging);
}

void XmlWriter::on_event(const Event& event) {
  if (finished_) return;
  std::string out;
  if (const auto* started = std::get_if<event::RunStarted>(&event.what)) {
    if (!opened_) out = opening(*started, event.time);
    opened_ = true;
  } else if (const auto* target = std::get_if<event::TargetSkipped>(&event.what)) {
    out = fmt::format("<target{} status=\"skipped\" reason=\"invalid\"/>\n",
                      xml_attribute("specification", target->specification));
  } else if (const auto* begun = std::get_if<event::TaskStarted>(&event.what)) {
    if (options_.verbosity > 0) out = task_xml("taskbegin", begun->task, begun->extra, event.time);
  } else if (const auto* progress = std::get_if<event::TaskProgress>(&event.what)) {
    out = progress_xml(*progress, event.time);
  } else if (const auto* ended = std::get_if<event::TaskEnded>(&event.what)) {
    if (options_.verbosity > 0) out = task_xml("taskend", ended->task, ended->extra, event.time);
  } else if (const auto* host = std::get_if<event::HostFinished>(&event.what)) {
    if (is_reported(*host->report, options_)) out = host_xml(*host->report, options_);
  } else if (const auto* phase = std::get_if<event::PhaseFinished>(&event.what)) {
    out = phase_xml(*phase);
  } else if (const auto* levels = std::get_if<event::LevelsChanged>(&event.what)) {
    options_.verbosity = levels->verbosity;
    options_.debugging = levels->debugging;
  } else if (const auto* run = std::get_if<event::RunFinished>(&event.what)) {
    finished_ = true;
    out = closing(*run, event.time);
  }
  if (out.empty()) return;
  if (!opened_) out.insert(0, opening({}, event.time));  // the run ended before its start
  opened_ = true;
  sink_(out);
}

}  // namespace sluice::output
