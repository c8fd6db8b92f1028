// SPDX-License-Identifier: Apache-2.0
#include "engine/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include "engine/local_places.hpp"

// The phases of a run.

namespace sluice::engine {

Engine::End Run::run() {
  for (;;) {
    if (const std::optional<End> end = step()) return *end;
    const TimePoint until = next_deadline();
    if (until == TimePoint::min()) continue;
    try {
      first().ports().loop->wait(until);
    } catch (const std::bad_alloc&) {
      fail("out of memory");
    } catch (const std::system_error& failure) {
      fail(failure.what());
    }
  }
}

std::optional<Engine::End> Run::step() {
  if (end_) return end_;
  try {
    if (stage_ == Stage::New) start();
    if (stage_ == Stage::Running) {
      if (phase_ != Phase::Finished && !stop_requested_) run_turn();
      if (phase_ != Phase::Finished && !stop_requested_) return std::nullopt;
    }
  } catch (const std::bad_alloc&) {
    fail("out of memory");
  } catch (const std::system_error& failure) {
    fail(failure.what());
  }
  try {
    if (stage_ != Stage::Ending) start_ending();
    if (!others_are_quiescent()) {
      first().poll();
      return std::nullopt;
    }
    end_run();
  } catch (const std::bad_alloc&) {
    fail("out of memory");
    driver_->join();
    emit_run_finished(phase_ == Phase::Finished ? failure() : stop_reason());
  }
  return end_ = how_ended();
}

TimePoint Run::next_deadline() try {
  if (end_ || stage_ == Stage::New) return TimePoint::min();
  if (stage_ == Stage::Ending) return others_are_quiescent() ? TimePoint::min() : kNever;
  if (ready()) return TimePoint::min();
  const TimePoint until = first().prepare_wait([this] { return ready(); });
  return ready() ? TimePoint::min() : until;
} catch (const std::bad_alloc&) {
  fail("out of memory");
  return TimePoint::min();
}

int Run::poll_fd() const noexcept { return first().ports().loop->descriptor(); }

Engine::End Run::how_ended() const {
  if (!failure().empty() || lack_ != 0) return End::Failed;
  if (stop_requested_ && phase_ != Phase::Finished) return End::Stopped;
  return feed_->unusable() ? End::Unusable : End::Finished;
}

void Run::start() {
  stage_ = Stage::Running;
  const EarlierRun* const earlier = options_.earlier.get();
  const TimePoint now = clock_.now();
  started_ = earlier ? now - earlier->elapsed : now;
  const int verbosity = options_.verbosity, debugging = options_.debugging;
  if (earlier)
    events_.begin(event::RunResumed{earlier->attempts + 1, earlier->events, verbosity, debugging}, earlier);
  else
    events_.begin(
        event::RunStarted{options_.command_line, verbosity, debugging, plan_.scans, options_.typed_command_line},
        nullptr);
  if (earlier && std::pair(verbosity, debugging) != std::pair(earlier->verbosity, earlier->debugging))
    events_.set_levels(verbosity, debugging);
  if (!options_.script_help.empty()) return start_phase(Phase::Finished);
  core::Deadlines& deadlines = first().ports().deadlines;
  if (options_.max_time) {
    max_timer_ = deadlines.arm(now + *options_.max_time, *this, kMaxTime);
    first().halt_scripts_at(now + *options_.max_time);
  }
  if (options_.stats_every) stats_timer_ = deadlines.arm(now + *options_.stats_every, *this, kStats);
  progress_timer_ = deadlines.arm(now + options_.watched_after.value_or(options_.progress_every), *this, kProgress);
  start_phase(Phase::PreScan);
}

void Run::run_turn() {
  handle_requests();
  first().step();
  advance_phase();
  release_ordered_hosts();
  first().poll();
}

bool Run::ready() const {
  return first().ready() || has_requests() || stop_requested_ || phase_finished() ||
         (phase_ == Phase::Hosts && (has_new_targets() || can_take_targets() || has_unstarted_hosts()));
}

void Run::start_phase(Phase phase) {
  phase_ = phase;
  phase_started_ = clock_.now();
  forecast_ = {};
  if (phase == Phase::PreScan) start_scripts(nse::ScriptRule::Pre);
  if (phase == Phase::Closing) start_closing();
  if (phase == Phase::PostScan) start_scripts(nse::ScriptRule::Post);
  if (phase != Phase::Hosts || shards_.size() == 1 || !first().runtime()) return;
  std::set<std::string> left_out;
  shared_registry_ = first().copy_registry(left_out);
  warn_of_left_out(left_out, "the registry of the worker threads");
}

void Run::start_scripts(nse::ScriptRule rule) {
  if (!options_.scripts || !first().scripts().has(rule)) return;  // with -sV alone, no scripts without hosts run
  if (const EarlierRun* const earlier = options_.earlier.get())
    if (rule == nse::ScriptRule::Pre ? earlier->prescan : earlier->postscan) return;
  if (events_.verbose())
    events_.log(rule == nse::ScriptRule::Pre ? "NSE: Script Pre-scanning." : "NSE: Script Post-scanning.", 1);
  if (rule == nse::ScriptRule::Post) warn_of_lost_values();
  phase_task_.start();
  first().start_phase(rule);
}

void Run::warn_of_lost_values() {
  const EarlierRun* const earlier = options_.earlier.get();
  if (!earlier || earlier->hosts_total == 0) return;
  for (const auto& ready : first().scripts().scripts()) {
    if (!ready->script.has(nse::ScriptRule::Post)) continue;
    const std::string why =
        fmt::format("script {}: its result at the end lacks what it has stored about hosts of the earlier attempts.",
                    ready->script.id);
    if (!earlier->logs.contains(event::warning(why).text)) events_.warn(why);
  }
}

bool Run::phase_finished() const {
  const auto unloaded = [](const auto& shard) { return shard->load() == 0; };
  switch (phase_) {
    case Phase::PreScan:
    case Phase::PostScan:
      return first().phase_level_finished();
    case Phase::Hosts:
      // New targets are checked after the hosts, because the scripts of a host may add targets until it is done.
      return std::ranges::all_of(shards_, unloaded) && !has_new_targets() && feed_->ended();
    case Phase::Closing:
      return others_are_quiescent();
    case Phase::Finished:
      break;
  }
  return true;
}

void Run::advance_phase() {
  if (phase_ == Phase::Hosts) {
    reclaim_unstarted_hosts();
    take_targets();
  }
  if (!phase_finished()) return;
  switch (phase_) {
    case Phase::PreScan:
    case Phase::PostScan:
      if (first().phase()) {
        if (first().start_phase_level()) return;
        end_scripts();
      }
      first().collect_if_requested();
      return start_phase(phase_ == Phase::PreScan ? Phase::Hosts : Phase::Finished);
    case Phase::Hosts:
      if (const std::size_t missing = feed_->missing_hosts(); missing > 0)
        return fail(
            fmt::format("--resume: {} host{} of the run {} not among the targets any more; restore the input of the "
                        "targets (-iL, --targets-from), and resume again",
                        missing, missing == 1 ? "" : "s", missing == 1 ? "is" : "are"));
      return start_phase(Phase::Closing);
    case Phase::Closing:
      merge_registries();
      return start_phase(Phase::PostScan);
    case Phase::Finished:
      return;
  }
}

void Run::end_scripts(bool interrupted) {
  if (!first().phase()) return;
  std::vector<ScriptResult> results = first().end_phase();
  phase_task_.end();
  events_.emit(event::PhaseFinished{phase_ == Phase::PreScan, std::move(results), interrupted});
}

void Run::take_targets() {
  {
    const std::lock_guard lock(mutex_);
    feed_->add(std::exchange(new_targets_, {}));
  }
  while (can_take_targets()) {
    std::optional<Target> target = feed_->next();
    if (!target) break;
    events_.host_opened(target->place);
    if (target->earlier.waiting)
      count_and_report(*target);
    else
      assign(std::move(*target));
  }
  events_.set_floor(feed_->floor());
}

void Run::count_and_report(Target& target) {
  const std::string_view status = status_text(*target.earlier.waiting);
  ++waited_.total;
  if (status == "up") ++waited_.up;
  if (status == "down") ++waited_.down;
  events_.host_waited(target.place, std::move(target.earlier.waiting));
}

Shard* Run::least_loaded() const {
  Shard* found = nullptr;
  for (const auto& shard : shards_) {
    const bool usable = shard->state() == Shard::State::New ? !no_more_shards_ : !shard->quiescent();
    if (usable && shard->has_room() && (!found || shard->load() < found->load())) found = shard.get();
  }
  return found;
}

void Run::assign(Target target) {
  Shard* shard = least_loaded();
  if (shard && shard->state() == Shard::State::New && !start_shard(*shard)) shard = least_loaded();
  (shard ? *shard : first()).assign(std::move(target));
}

bool Run::start_shard(Shard& shard) {
  try {
    shard.start();
    driver_->start(shard);
    return true;
  } catch (const std::system_error& failure) {
    no_more_shards_ = true;
    warn_of_missing_shard(failure.what());
  } catch (const std::bad_alloc&) {
    no_more_shards_ = true;
    warn_of_missing_shard("out of memory");
  }
  if (shard.state() == Shard::State::Started) shard.give_up();
  return false;
}

bool Run::has_unstarted_hosts() const {
  return std::ranges::any_of(
      shards_, [](const auto& shard) { return shard->state() == Shard::State::Unable && shard->load() > 0; });
}

void Run::reclaim_unstarted_hosts() {
  for (const auto& shard : shards_) {
    if (shard->state() != Shard::State::Unable) continue;
    no_more_shards_ = true;
    std::vector<Target> hosts;
    if (const std::string why = shard->reclaim_unstarted_hosts(hosts); !why.empty()) warn_of_missing_shard(why);
    for (Target& host : hosts) first().assign(std::move(host));
  }
}

void Run::warn_of_missing_shard(const std::string& why) {
  events_.warn("cannot start another worker thread: " + why + "; the run continues with the existing ones.");
}

void Run::start_closing() {
  std::for_each(shards_.begin() + 1, shards_.end(), [](const auto& shard) { shard->finish(); });
  // Postrules see the effects of the finalizers of host scripts (docs/nse-compat.md, "Lua and loading of scripts").
  if (first().scripts().has(nse::ScriptRule::Post)) first().runtime()->collect();
}

void Run::merge_registries() {
  const auto closed = [](const auto& shard) { return shard->state() == Shard::State::Closed; };
  if (!first().scripts().has(nse::ScriptRule::Post) || std::none_of(shards_.begin() + 1, shards_.end(), closed)) return;
  std::set<std::string> left_out;
  lua::Plain::Table registry = first().copy_registry(left_out);
  left_out.clear();  // the registry of the first shard still has these values
  for (auto each = shards_.begin() + 1; each != shards_.end(); ++each) {
    if (!closed(*each)) continue;
    lua::merge(registry, (*each)->take_registry(), shared_registry_);
    left_out.insert((*each)->left_out().begin(), (*each)->left_out().end());
  }
  if (!first().runtime()->add_to_registry(registry)) throw std::bad_alloc();
  warn_of_left_out(left_out, "the registry of the post-scan phase");
}

void Run::start_ending() {
  stage_ = Stage::Ending;  // the other shards have been closed, or stop() has stopped them
  if (phase_ != Phase::Finished) end_scripts(true);
  feed_->close();
  first().close();
}

bool Run::others_are_quiescent() const {
  return std::all_of(shards_.begin() + 1, shards_.end(), [](const auto& shard) { return shard->quiescent(); });
}

void Run::end_run() {
  driver_->join();
  if (has_unstarted_hosts()) {
    reclaim_unstarted_hosts();
    first().close();
  }
  const HostWindow::Counts done = counts();
  if (const auto broken = broken_rate(options_, budgets_, done.probes, done.probes_lacking)) events_.warn(*broken);
  const bool nothing_else = options_.update_script_db || !options_.script_help.empty();
  if (failure().empty() && feed_->unusable())
    events_.warn("--targets-from: no line could be used, so 0 hosts scanned.");
  else if (failure().empty() && phase_ == Phase::Finished && done.total == 0 && !nothing_else)
    explain_empty_run();
  if (events_.verbose())
    if (const auto directory = files_.find_directory_of("nmap-services"))
      events_.log("Read data files from: " + *directory, 1);
  for (const std::string& warning : events_.failures().warnings()) events_.warn(warning);
  emit_run_finished(phase_ == Phase::Finished ? failure() : stop_reason());
}

void Run::explain_empty_run() {
  const Options::Part& part = options_.shard;
  if (!feed_->has_other_parts())
    events_.warn("No targets were specified, so 0 hosts scanned.");
  else if (events_.verbose())
    events_.log(fmt::format("--shard {}/{}: this part of the targets has no host, so 0 hosts scanned.", part.number,
                            part.count),
                1);
}

HostWindow::Counts Run::counts() const {
  HostWindow::Counts all = waited_;
  for (const auto& shard : shards_) all += shard->counts();
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
  if (options_.earlier && !options_.versions && first().scripts().has(nse::ScriptRule::Port))
    finished.unknown_services += options_.earlier->unknown_services;
  finished.scripts_left_out = left_out_;
  finished.only_help = !options_.script_help.empty();
  finished.scripts_stopped = events_.failures().stopped();
  if (const int lack = lack_) finished.not_sent = why_not_sent(options_, lack);
  finished.error = std::move(error);
  events_.end(std::move(finished));
}

}  // namespace sluice::engine
