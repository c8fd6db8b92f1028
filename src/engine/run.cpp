#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include "engine/engine.hpp"
#include "engine/local_places.hpp"

// The course of a run.

namespace sluice::engine {

Engine::End Run::run() {
  try {
    run_to_end();
  } catch (const std::bad_alloc&) {
    fail("out of memory");
  } catch (const std::system_error& failure) {
    fail(failure.what());
  }
  const bool stopped = stop_requested_ && phase_ != Phase::Over;
  try {
    end_run();
  } catch (const std::bad_alloc&) {
    fail("out of memory");
    crew_.end();
    emit_run_finished(phase_ == Phase::Over ? failure() : stop_reason());
  }
  if (!failure().empty() || lack_ != 0) return End::Failed;
  if (stopped) return End::Stopped;
  return feed_->unusable() ? End::Unusable : End::Finished;
}

void Run::run_to_end() {
  begin_run();
  if (!options_.script_help.empty()) {
    phase_ = Phase::Over;
    return;
  }
  begin_phase(Phase::Before);
  const auto ready = [this] { return this->ready(); };
  while (phase_ != Phase::Over && !stop_requested_) {
    turn();
    shard_.poll();
    if (!this->ready()) shard_.idle(ready);
  }
}

void Run::begin_run() {
  started_ = clock_.now();
  events_.emit_run_started({options_.command_line, options_.verbosity, options_.debugging, plan_.scans});
  if (options_.stats_every) stats_timer_ = shard_.deadlines.arm(started_ + *options_.stats_every, *this, kStats);
  progress_timer_ =
      shard_.deadlines.arm(started_ + options_.watched_after.value_or(options_.progress_every), *this, kProgress);
}

void Run::turn() {
  if (levels_are_requested()) {
    const Levels wanted = levels_requested_.exchange(kAsTheyAre);
    events_.set_levels(wanted.verbosity, wanted.debugging);
  }
  if (!standing_due_ && standing_is_requested()) {
    stats_due_ = stats_requested_.exchange(false);
    progress_requested_ = false;
    crew_.request_stats();
    standing_due_ = true;
  }
  if (standing_due_ && crew_.stats()) {
    standing_due_ = false;
    emit_requested();
  }
  shard_.turn();
  move_phase_on();
  time_host_order();
}

void Run::time_host_order() {
  const TimePoint due = events_.release_hosts();
  if (due == order_due_) return;
  order_due_ = due;
  shard_.deadlines.cancel(std::exchange(order_timer_, {}));
  if (due != kNever) order_timer_ = shard_.deadlines.arm(due, *this, kOrder);
}

bool Run::ready() const {
  const bool standing = standing_due_ ? crew_.stats().has_value() : standing_is_requested();
  return shard_.ready() || standing || levels_are_requested() || stop_requested_ || phase_finished() ||
         (phase_ == Phase::Hosts && (has_new_targets() || can_take_target() || crew_.has_unstarted_hosts()));
}

void Run::begin_phase(Phase phase) {
  phase_ = phase;
  phase_started_ = clock_.now();
  forecast_ = {};
  if (phase == Phase::Hosts)
    begin_hosts();
  else if (phase != Phase::Over)
    begin_script_phase();
}

void Run::begin_script_phase() {
  const bool before = phase_ == Phase::Before;
  const nse::ScriptRule rule = before ? nse::ScriptRule::Pre : nse::ScriptRule::Post;
  if (!options_.scripts || !shard_.scripts.has(rule)) return;  // those of -sV alone are for hosts
  phase_run_.emplace(ScriptRun::Parts{*shard_.runtime, shard_.scripts, events_}, rule);
  if (events_.verbose()) events_.log(before ? "NSE: Script Pre-scanning." : "NSE: Script Post-scanning.", 1);
  phase_task_.start();
  phase_run_->next_level();
  shard_.starts->add(*phase_run_);
}

void Run::begin_hosts() {
  if (crew_.empty() || !shard_.runtime) return;
  std::set<std::string> left_out;
  crew_.configure(shard_.runtime->options.arguments, shard_.take_registry(left_out));
  warn_of_left_out(left_out, "the registry of the workers");
}

bool Run::phase_finished() const {
  if (phase_ != Phase::Hosts) return !phase_run_ || (phase_run_->alive() == 0 && !phase_run_->can_start());
  // A host may bring a target before it is done: whether one came is looked for afterwards.
  return shard_.window->empty() && crew_.idle() && !has_new_targets() && feed_->ended();
}

void Run::move_phase_on() {
  if (phase_ == Phase::Hosts) {
    reclaim_unstarted_hosts();
    take_targets();
  }
  if (!phase_finished()) return;
  if (phase_ == Phase::Hosts) {
    end_hosts();
    return begin_phase(Phase::After);
  }
  if (phase_run_) {
    shard_.runtime->kill(nullptr, event::Outcome::Killed);
    if (phase_run_->next_level()) return shard_.starts->add(*phase_run_);
    end_script_phase();
  }
  if (shard_.runtime && shard_.runtime->collector.requested()) shard_.runtime->collect();
  begin_phase(phase_ == Phase::Before ? Phase::Hosts : Phase::Over);
}

void Run::end_script_phase() {
  phase_task_.end();
  sort_by_id(phase_results_);
  events_.emit(event::PhaseFinished{phase_ == Phase::Before, std::exchange(phase_results_, {})});
  phase_run_.reset();
}

bool Run::can_take_target() const { return feed_->ready() && (shard_.window->room() || crew_.least_loaded()); }

void Run::take_targets() {
  {
    const std::lock_guard lock(mutex_);
    feed_->add(std::exchange(new_targets_, {}));
  }
  while (can_take_target()) {
    std::optional<Target> target = feed_->next();
    if (!target) break;
    events_.host_opened(target->place);
    assign(std::move(*target));
  }
  events_.set_floor(feed_->floor());
}

bool Run::reclaim_unstarted_hosts() {
  std::vector<Target> hosts;
  for (const std::string& why : crew_.reclaim_unstarted_hosts(hosts)) warn_of_missing_worker(why);
  for (Target& host : hosts) shard_.window->add(std::move(host));
  return !hosts.empty();
}

void Run::warn_of_missing_worker(const std::string& why) {
  events_.warn("the run goes on without a further worker: " + why + '.');
}

void Run::assign(Target target) {
  Worker* theirs = crew_.least_loaded();
  if (theirs && (!shard_.window->room() || theirs->load() < shard_.window->size())) {
    const Result<void> begun = crew_.start(*theirs);
    if (begun) return theirs->assign(std::move(target));
    warn_of_missing_worker(begun.error().message);
  }
  shard_.window->add(std::move(target));
}

void Run::end_hosts() {
  const bool goes_on = shard_.scripts.has(nse::ScriptRule::Post);
  crew_.finish();
  if (goes_on) shard_.runtime->collect();  // scripts after the hosts may ask what finalizers did, as under Nmap
  crew_.join();
  if (!goes_on || !crew_.worked()) return;
  std::set<std::string> left_out;
  lua::Plain::Table registry = shard_.take_registry(left_out);
  left_out = crew_.merge_registries(registry);  // what the first thread has is still there
  if (!shard_.runtime->add_to_registry(registry)) throw std::bad_alloc();
  warn_of_left_out(left_out, "the registry of the scripts after the hosts");
}

void Run::end_run() {
  crew_.stop();
  if (phase_ != Phase::Over) {
    if (phase_run_) {
      phase_run_->stop_starting();
      shard_.runtime->kill(nullptr, event::Outcome::Killed);
      end_script_phase();
    }
    shard_.break_off(stop_reason());
  }
  {
    const std::lock_guard lock(mutex_);
    quiesced_ = true;
    ++quiesce_epoch_;
    came_to_rest_.notify_all();
  }
  crew_.end();
  if (reclaim_unstarted_hosts()) shard_.break_off(stop_reason());
  const HostWindow::Counts done = counts();
  if (const auto broken = broken_rate(options_, whole_, done.probes, done.probes_lacking)) events_.warn(*broken);
  const bool nothing_else = options_.update_script_db || !options_.script_help.empty();
  if (failure().empty() && feed_->unusable())
    events_.warn("--targets-from: no line could be used, so 0 hosts scanned.");
  else if (failure().empty() && phase_ == Phase::Over && done.total == 0 && !nothing_else)
    events_.warn("No targets were specified, so 0 hosts scanned.");
  if (events_.verbose())
    if (const auto directory = files_.find_directory_of("nmap-services"))
      events_.log("Read data files from: " + *directory, 1);
  for (const std::string& warning : events_.failures().warnings()) events_.warn(warning);
  emit_run_finished(phase_ == Phase::Over ? failure() : stop_reason());
}

HostWindow::Counts Run::counts() const {
  HostWindow::Counts all = crew_.counts();
  if (shard_.window) all += shard_.window->done();
  return all;
}

void Run::emit_run_finished(std::string error) {
  const HostWindow::Counts done = counts();
  event::RunFinished finished;
  finished.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - started_);
  finished.hosts_up = done.up;
  finished.hosts_down = done.down;
  finished.hosts_total = done.total;
  finished.unknown_services = done.unknown_services;
  finished.scripts_left_out = left_out_;
  finished.only_help = !options_.script_help.empty();
  finished.scripts_stopped = events_.failures().stopped();
  if (const int lack = lack_) finished.not_sent = why_not_sent(options_, lack);
  finished.error = std::move(error);
  events_.end(std::move(finished));
}

}  // namespace sluice::engine
