#include <fmt/format.h>

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "engine/engine.hpp"
#include "output/phrases.hpp"

// What the parts of the engine tell, turned into events and results.

namespace sluice::engine {

void RunningEngine::on_log(event::LogTo to, std::string text) {
  event::Log line{to, std::move(text)};
  if (begun_)
    events_.tell(std::move(line));
  else
    opening_.push_back(std::move(line));  // of a script that is being loaded
}

void RunningEngine::on_script_started(nse::ScriptThread& thread) {
  ScriptPlace place = thread.place();
  if (events_.debug()) events_.log(fmt::format("NSE: Starting {}{}.", thread.script().id, output::against_text(place)));
  events_.tell(event::ScriptStarted{thread.script().id, std::move(place)});
}

void RunningEngine::on_script_finished(nse::ScriptThread& thread, event::ScriptFinished finished) {
  nse::ScriptHost& host = thread.host();
  if (host.report) {
    static_cast<HostRun&>(host).script_ended(thread, finished.result);
  } else {
    if (finished.result) phase_results_.push_back(*finished.result);
    phase_run_->thread_ended();
  }
  const bool silent = finished.outcome == event::Outcome::Silent;
  if (silent && !thread.acted()) return;  // its rule said no, which is not news
  if (events_.debug() && (silent || finished.outcome == event::Outcome::Result))
    events_.log(fmt::format("NSE: Finished {}{}.{}", finished.id, output::against_text(finished.place),
                            finished.message.empty() ? "" : " Reason: " + finished.message));
  events_.tell(std::move(finished));
}

void RunningEngine::on_worker_failed(event::WorkerFailed failed) { events_.tell(std::move(failed)); }

void RunningEngine::on_port_opened(const HostReport& host, const PortReport& port) {
  events_.tell(event::PortDiscovered{host.address, port.number, port.protocol});
}

std::size_t RunningEngine::add_targets(std::vector<std::string> specifications) {
  if (specifications.empty()) return added_targets_.size();
  std::size_t accepted = 0;
  for (std::string& specification : specifications) {
    if (!added_targets_.contains(specification)) {
      if (feed_->add({specification}) == 0) continue;
      added_targets_.insert(std::move(specification));
    }
    ++accepted;
  }
  return accepted;
}

std::size_t RunningEngine::targets_added() const { return added_targets_.size(); }

void RunningEngine::on_exit(const nse::ScriptThread& thread) {
  failure_ = thread.describe() + " called os.exit";
  stop_requested_ = true;
}

// On another thread: the engine's own stands still in a script, so that all of its parts are at rest.
void RunningEngine::on_stuck(std::string culprit) {
  failure_ = culprit + " is stuck inside a C function, where nothing can stop it";
  if (window_) window_->tell_all();
  tell_end();
  _exit(EXIT_FAILURE);
}

void RunningEngine::target_skipped(std::string specification, std::string reason) {
  events_.warn(reason);
  events_.tell(event::TargetSkipped{std::move(specification), std::move(reason)});
}

void RunningEngine::expired(std::uint64_t) {
  stats_timer_ = deadlines_.arm(clock_.now() + *options_.stats_every, *this);
  stats_requested_ = true;
}

void RunningEngine::tell_stats() {
  event::Stats stats;
  stats.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - started_);
  stats.hosts_done = window_->done().total;
  stats.hosts_up = window_->done().up;
  stats.hosts_open = window_->size();
  stats.waiting_for_slot = slots_.waiting();
  if (runtime_) {
    stats.threads = runtime_->threads();
    stats.waiting_for_network = runtime_->waiting_for_network();
    stats.oldest = runtime_->describe_oldest();
  }
  events_.tell(std::move(stats));
  tell_progress();
}

void RunningEngine::tell_progress() {
  const std::optional<double> remaining = feed_ ? feed_->remaining() : std::nullopt;
  if (!remaining || phase_ != Phase::Hosts) return;
  const double ended = static_cast<double>(window_->done().total) + window_->progress();
  const double all = static_cast<double>(window_->done().total + window_->size()) + *remaining;
  if (ended == 0) return;  // nothing can be foretold yet
  const std::chrono::duration<double> left = (clock_.now() - started_) * (all / ended - 1);
  constexpr std::chrono::hours kFar(24 * 365);
  event::TaskProgress progress;
  progress.task = "Run";
  progress.percent = 100 * ended / all;
  progress.remaining = static_cast<std::size_t>(std::min<std::chrono::duration<double>>(left, kFar).count());
  progress.etc = clock_.wall() + std::chrono::seconds(progress.remaining);
  events_.tell(std::move(progress));
}

}  // namespace sluice::engine
