#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

#include "engine/engine.hpp"

namespace sluice::engine {

Engine::End RunningEngine::run() {
  try {
    run_to_end();
  } catch (const std::bad_alloc&) {
    failure_ = "out of memory";
  }
  const bool stopped = stop_requested_ && phase_ != Phase::Over;
  try {
    end_run();
  } catch (const std::bad_alloc&) {
    failure_ = "out of memory";
    tell_end();
  }
  return !failure_.empty() ? End::Failed : stopped ? End::Stopped : End::Finished;
}

void RunningEngine::stop() noexcept {
  stop_requested_ = true;
  if (runtime_) runtime_->guard.hurry();
  loop_.wake();
}

void RunningEngine::report_stats() noexcept {
  stats_requested_ = true;
  loop_.wake();
}

void RunningEngine::run_to_end() {
  begin_run();
  if (!options_.script_help.empty()) {
    phase_ = Phase::Over;
    return;
  }
  begin_phase(Phase::Before);
  while (phase_ != Phase::Over && !stop_requested_) {
    turn();
    loop_.poll();
    deadlines_.expire(clock_.now());
    if (!ready()) idle();
  }
}

void RunningEngine::begin_run() {
  begun_ = true;
  started_ = clock_.now();
  events_.tell(event::RunStarted{options_.command_line, options_.verbosity, options_.debugging, plan_.scans});
  for (event::Log& line : opening_) events_.tell(std::move(line));
  opening_.clear();
  if (options_.stats_every) stats_timer_ = deadlines_.arm(started_ + *options_.stats_every, *this);
}

void RunningEngine::turn() {
  if (stats_requested_.exchange(false)) tell_stats();
  if (scheduler_.ready()) {
    scheduler_.run_turn();
    runtime_->reap();
  }
  if (scan_.ready()) scan_.run_turn();
  if (window_->ready()) window_->run_turn();
  move_phase_on();
  if (starts_ && starts_->ready()) starts_->run_turn();
}

bool RunningEngine::ready() const {
  return scheduler_.ready() || scan_.ready() || window_->ready() || (starts_ && starts_->ready()) || stats_requested_ ||
         stop_requested_ || phase_over() || (phase_ == Phase::Hosts && window_->room() && feed_->ready());
}

void RunningEngine::idle() {
  // Target input, limits and progress do not count: what waits for none but itself is at a dead end.
  const bool nothing_else = scan_.hosts() == 0 && window_->lookups() == 0;
  if (nothing_else && runtime_ && runtime_->threads() > 0 && runtime_->waiting_for_network() == 0)
    return end_dead_end();
  TimePoint until = deadlines_.next().value_or(kNever);
  if (runtime_) until = std::min(until, slot_collector_.work([this] { return runtime_->collect_step(); }));
  if (ready()) return;
  loop_.wait(until);
  deadlines_.expire(clock_.now());
}

void RunningEngine::end_dead_end() {
  runtime_->collect();
  if (ready()) return;  // a socket that was dropped has given its slot back
  runtime_->end_deadlocked();
  runtime_->reap();
}

void RunningEngine::begin_phase(Phase phase) {
  phase_ = phase;
  if (phase != Phase::Before && phase != Phase::After) return;
  const bool before = phase == Phase::Before;
  const nse::ScriptRule rule = before ? nse::ScriptRule::Pre : nse::ScriptRule::Post;
  if (!scripts_.has(rule)) return;
  phase_run_.emplace(ScriptRun::Parts{*runtime_, scripts_, events_}, rule);
  if (events_.verbose()) events_.log(before ? "NSE: Script Pre-scanning." : "NSE: Script Post-scanning.");
  phase_task_.begin();
  phase_run_->next_level();
  starts_->add(*phase_run_);
}

bool RunningEngine::phase_over() const {
  if (phase_ == Phase::Hosts) return window_->empty() && feed_->ended();
  return !phase_run_ || (phase_run_->alive() == 0 && !phase_run_->can_start());
}

void RunningEngine::move_phase_on() {
  if (phase_ == Phase::Hosts) take_targets();
  if (!phase_over()) return;
  if (phase_ == Phase::Hosts) return begin_phase(Phase::After);
  if (phase_run_) {
    runtime_->kill(nullptr, event::Outcome::Killed);
    if (phase_run_->next_level()) return starts_->add(*phase_run_);
    end_script_phase();
  }
  begin_phase(phase_ == Phase::Before ? Phase::Hosts : Phase::Over);
}

void RunningEngine::end_script_phase() {
  phase_task_.end();
  sort_by_id(phase_results_);
  events_.tell(event::PhaseFinished{phase_ == Phase::Before, std::exchange(phase_results_, {})});
  phase_run_.reset();
}

void RunningEngine::take_targets() {
  while (window_->room() && feed_->ready()) {
    std::optional<Target> target = feed_->next();
    if (!target) return;
    window_->take(std::move(*target));
  }
}

void RunningEngine::end_run() {
  if (phase_ != Phase::Over) {
    if (phase_run_) {
      phase_run_->stop_starting();
      runtime_->kill(nullptr, event::Outcome::Killed);
      end_script_phase();
    }
    window_->break_off();
    if (runtime_) {
      runtime_->stop();
      runtime_->reap();
    }
  }
  const bool nothing_else = options_.update_script_db || !options_.script_help.empty();
  if (failure_.empty() && phase_ == Phase::Over && window_->done().total == 0 && !nothing_else)
    events_.warn("WARNING: No targets were specified, so 0 hosts scanned.");
  if (events_.verbose())
    if (const auto directory = files_.find_directory_of("nmap-services"))
      events_.log("Read data files from: " + *directory);
  tell_end();
}

void RunningEngine::tell_end() {
  const HostWindow::Counts done = window_ ? window_->done() : HostWindow::Counts{};
  event::RunFinished finished;
  finished.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - started_);
  finished.hosts_up = done.up;
  finished.hosts_down = done.down;
  finished.hosts_total = done.total;
  finished.scripts_left_out = left_out_;
  const bool cut_short = phase_ != Phase::Over && stop_requested_;
  finished.error = failure_.empty() && cut_short ? "stopped before the end" : failure_;
  events_.tell(std::move(finished));
}

}  // namespace sluice::engine
