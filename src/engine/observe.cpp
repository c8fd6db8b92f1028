// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "engine/shard.hpp"
#include "output/phrases.hpp"

// Converts the events of the scripts of a shard to events of the run and results of hosts.

namespace sluice::engine {

void Shard::on_log(event::Log log) {
  if (!quiet_) run_.events.emit(std::move(log));
}

void Shard::on_script_started(nse::ScriptThread& thread) {
  ScriptPlace place = thread.place();
  if (run_.events.debug())
    run_.events.log(fmt::format("NSE: Starting {}{}.", thread.script().id, output::against_text(place)));
  run_.events.emit(event::ScriptStarted{thread.script().id, std::move(place)});
}

void Shard::on_script_finished(nse::ScriptThread& thread, event::ScriptFinished finished) {
  nse::ScriptHost& host = thread.host();
  if (host.report)
    static_cast<HostRun&>(host).script_ended(thread, finished.result);
  else
    end_phase_script(finished.result);
  finished.unreported = host.report && finished.place.port && !run_.options.scripts;
  const bool silent = finished.outcome == event::Outcome::Silent;
  if (silent && !thread.acted()) return;  // its rule returned false
  if (run_.events.debug() && (silent || finished.outcome == event::Outcome::Result))
    run_.events.log(fmt::format("NSE: Finished {}{}.{}", finished.id, output::against_text(finished.place),
                                finished.message.empty() ? "" : " Reason: " + finished.message));
  run_.events.emit(std::move(finished));
}

void Shard::on_worker_failed(event::ChildThreadFailed failed) { run_.events.emit(std::move(failed)); }

void Shard::on_deadlock(event::DeadlockFound deadlock) { run_.events.emit(std::move(deadlock)); }

void Shard::on_port_opened(const HostReport& host, const PortReport& port) {
  run_.events.emit(event::PortDiscovered{host.address, port.number, port.protocol});
}

std::size_t Shard::add_targets(std::vector<std::string> specifications) {
  return run_.control.add_targets(std::move(specifications));
}

std::size_t Shard::targets_added() const { return run_.control.targets_added(); }

void Shard::end_phase_script(const std::optional<ScriptResult>& result) {
  if (result) phase_results_.push_back(*result);
  phase_->thread_ended();
}

void Shard::on_stuck() {
  run_.control.on_stuck(
      *this,
      runtime_->culprit() + " cannot be stopped, because it computes inside a C function, or where Lua calls no hook");
}

}  // namespace sluice::engine
