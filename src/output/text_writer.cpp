// SPDX-License-Identifier: Apache-2.0
#include "output/text_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sluice/version.hpp>

#include "output/escape.hpp"
#include "output/host_text.hpp"
#include "output/ignored_ports.hpp"
#include "output/paint.hpp"
#include "output/phrases.hpp"
#include "output/script_text.hpp"

namespace sluice::output {
namespace {

std::string line(std::string_view text) {
  std::string out = protect(text, Keep::Lines);
  if (out.empty() || out.back() != '\n') out += '\n';
  return out;
}

bool is_diagnostic(const Event& event) {
  const auto* log = std::get_if<event::Log>(&event.what);
  return (log && log->verbosity == 0) || std::holds_alternative<event::ScriptFinished>(event.what) ||
         std::holds_alternative<event::ChildThreadFailed>(event.what) ||
         std::holds_alternative<event::DeadlockFound>(event.what);
}

std::string waiting_text(const std::string& waited_for, const std::string& traceback) {
  return (waited_for.empty() ? "" : line("It waited for " + waited_for + ".")) +
         (traceback.empty() ? "" : line(traceback));
}

/// Returns the lines at the end of a report about the services of open ports.
std::string services_text(const event::RunFinished& run, const WriterOptions& options) {
  std::string text;
  if (run.unknown_services > 0)
    text = run.unknown_services == 1
               ? "Note: the service of 1 open port is only assumed from its number; -sV detects it.\n"
               : fmt::format(
                     "Note: the services of {} open ports are only assumed from their numbers; -sV detects them.\n",
                     run.unknown_services);
  if (options.detection && run.hosts_up > 0) text += "Service detection performed.\n";
  return text;
}

std::string hour_text(WallTime time) { return local_time(time, "%H:%M"); }

}  // namespace

void TextWriter::on_event(const Event& event) {
  if (finished_) return;
  const std::string text = std::visit([&](const auto& what) { return text_of(what, event.time); }, event.what);
  if (!text.empty() && (!options_.diagnostics_only || is_diagnostic(event))) sink_(text);
}

std::string TextWriter::text_of(const event::RunStarted& run, WallTime time) const {
  if (options_.file) {
    std::string text = "# " + protect(initiated_text(run, time), Keep::OneLine) + '\n';
    if (const std::string settings = settings_text(run); !settings.empty())
      text += "# " + protect(settings, Keep::OneLine) + '\n';
    return text;
  }
  return fmt::format("Starting sluice {} at {}\n", kVersion, local_time(time, "%Y-%m-%d %H:%M %z"));
}

// A log event gives the reason why a target was skipped.
std::string TextWriter::text_of(const event::TaskStarted& task, WallTime time) const {
  if (options_.file || options_.verbosity < 1) return "";
  return fmt::format("Initiating {} at {}{}\n", task.task, hour_text(time),
                     task.extra.empty() ? "" : " (" + task.extra + ")");
}

std::string TextWriter::text_of(const event::TaskProgress& task, WallTime time) const {
  if (options_.file) return "";
  const auto remaining = std::max(task.etc - time, WallTime::duration{0});
  return fmt::format("{} Timing: About {:.2f}% done; ETC: {} ({} remaining)\n", task.task, task.percent,
                     hour_text(task.etc), clock_text(std::chrono::duration_cast<std::chrono::milliseconds>(remaining)));
}

std::string TextWriter::text_of(const event::TaskEnded& task, WallTime time) const {
  if (options_.file || options_.verbosity < 1) return "";
  return fmt::format("Completed {} at {}, {}s elapsed{}\n", task.task, hour_text(time), seconds_text(task.elapsed),
                     task.extra.empty() ? "" : " (" + task.extra + ")");
}

std::string TextWriter::text_of(const event::PortDiscovered& port, WallTime) const {
  if (options_.file || options_.verbosity < 1) return "";
  return fmt::format("Discovered open port {}/{} on {}\n", port.number, to_text(port.protocol), port.address.text());
}

std::string TextWriter::text_of(const event::ScriptFinished& script, WallTime) const {
  using event::Outcome;
  const bool failed = script.outcome == Outcome::Failed, timed_out = script.outcome == Outcome::TimedOut;
  const bool shown = script.outcome == Outcome::Killed || (options_.debugging > 0 && (failed || timed_out));
  if (options_.file || !shown) return "";
  const std::string who = "NSE: " + script.id + against_text(script.place);
  std::string text;
  if (failed) {
    text = line(who + " threw an error!");
    if (!script.message.empty()) text += line(script.message);
  } else {
    text =
        line(who + (timed_out ? " timed out" : " was killed") + (script.message.empty() ? "" : ": " + script.message));
  }
  text = painted(text, options_.colour ? Paint::Red : Paint::None);
  if (options_.debugging > 0) text += waiting_text(script.waited_for, script.traceback);
  return text;
}

std::string TextWriter::text_of(const event::ChildThreadFailed& failed, WallTime time) const {
  return text_of(failed.worker, time);
}

std::string TextWriter::text_of(const event::DeadlockFound& deadlock, WallTime) const {
  if (options_.file || options_.debugging < 1) return "";
  std::string text;
  for (const event::DeadlockFound::Thread& thread : deadlock.threads)
    text += line("NSE: " + thread.id + against_text(thread.place) + " is part of a deadlock.") +
            waiting_text(thread.waited_for, thread.traceback);
  return text;
}

std::string TextWriter::text_of(const event::HostFinished& host, WallTime) const {
  return is_reported(*host.report, options_) ? host_text(*host.report, options_) : "";
}

std::string TextWriter::text_of(const event::PhaseFinished& phase, WallTime) const {
  std::string text;
  for (const ScriptResult& script : phase.scripts) text += script_text(script, options_.colour && !options_.file);
  if (text.empty()) return "";
  return fmt::format("{} script results:\n{}", phase.before ? "Pre-scan" : "Post-scan", text);
}

std::string TextWriter::text_of(const event::Log& log, WallTime) const {
  return options_.file == (log.to == event::LogTo::Error) ? line(log.text) : "";
}

std::string TextWriter::text_of(const event::Stats& stats, WallTime) const {
  if (options_.file) return "";
  std::string text = fmt::format("Stats: {} elapsed; {} host{} completed ({} up), {} undergoing {}\n",
                                 clock_text(stats.elapsed), stats.hosts_done, stats.hosts_done == 1 ? "" : "s",
                                 stats.hosts_up, stats.hosts_open, stats.threads > 0 ? "Script Scan" : "Scan");
  if (stats.threads > 0)
    text += fmt::format("Active NSE Script Threads: {} ({} waiting for a slot, {} for the network)\n", stats.threads,
                        stats.waiting_for_slot, stats.waiting_for_network);
  if (!stats.oldest.empty()) text += line("Oldest: " + stats.oldest);
  return text;
}

std::string TextWriter::text_of(const event::LevelsChanged& levels, WallTime) {
  std::string text;
  const auto change = [&](int& level, int now, const char* name) {
    if (now != level) text += fmt::format("{} {} to {}.\n", name, now > level ? "Increased" : "Decreased", now);
    level = now;
  };
  change(options_.verbosity, levels.verbosity, "Verbosity");
  change(options_.debugging, levels.debugging, "Debugging");
  return options_.file ? "" : text;
}

std::string TextWriter::text_of(const event::RunFinished& run, WallTime time) {
  finished_ = true;
  std::string text;
  if (options_.file) {
    text = services_text(run, options_);
    if (!run.error.empty()) text += line(run.error) + "QUITTING!\n";
    return text + fmt::format("# Nmap done at {} -- {}\n", ctime_text(time), totals_text(run));
  }
  if (run.scripts_left_out > 0)
    text += fmt::format("NSE: {} broken script{} skipped.\n", run.scripts_left_out,
                        run.scripts_left_out == 1 ? " was" : "s were");
  if (run.hosts_total == 1 && run.hosts_down == 1)
    text += "Note: Host seems down. If it is really up, but blocking our ping probes, try -Pn\n";
  if (run.only_help && run.error.empty()) return text;
  text += services_text(run, options_);
  return text + fmt::format("Nmap done: {}{}\n", totals_text(run),
                            run.error.empty() ? "" : "; the run was stopped before its end");
}

}  // namespace sluice::output
