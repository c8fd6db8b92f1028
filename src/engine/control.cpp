#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "engine/engine.hpp"
#include "engine/local_places.hpp"
#include "model/target_spec.hpp"

// What the shards of a run, and its embedder, ask of it.

namespace sluice::engine {

namespace {

/// For the next of the others to come to rest, or, if it is stuck as well, to be found out: a little more than a second
/// of CPU.
constexpr std::chrono::seconds kPatience(5);

}  // namespace

void Run::stop() noexcept {
  stop_requested_ = true;
  shard_.scheduler.halt();
  if (shard_.runtime) shard_.runtime->watchdog.shorten_limit();
  crew_.stop();
  shard_.loop.wake();
}

void Run::report_stats() noexcept {
  stats_requested_ = true;
  shard_.loop.wake();
}

void Run::set_levels(int verbosity, int debugging) noexcept {
  constexpr int kHighest = 10;
  levels_requested_ = {static_cast<std::int16_t>(std::clamp(verbosity, 0, kHighest)),
                       static_cast<std::int16_t>(std::clamp(debugging, 0, kHighest))};
  shard_.loop.wake();
}

void Run::phase_script_ended(const std::optional<ScriptResult>& result) {
  if (result) phase_results_.push_back(*result);
  phase_run_->thread_ended();
}

std::size_t Run::add_targets(std::vector<std::string> specifications) {
  const std::lock_guard lock(mutex_);
  if (specifications.empty()) return added_targets_.size();
  std::size_t accepted = 0;
  for (std::string& specification : specifications) {
    if (!added_targets_.contains(specification)) {
      if (!model::TargetSpec::parse(specification, options_.family)) continue;
      new_targets_.push_back(specification);
      added_targets_.insert(std::move(specification));
    }
    ++accepted;
  }
  shard_.loop.wake();
  return accepted;
}

bool Run::has_new_targets() const {
  const std::lock_guard lock(mutex_);
  return !new_targets_.empty();
}

std::size_t Run::targets_added() const {
  const std::lock_guard lock(mutex_);
  return added_targets_.size();
}

void Run::fail(std::string why) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = std::move(why);
  }
  stop();
}

std::string Run::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::string Run::stop_reason() const {
  std::string why = failure();
  if (why.empty() && stop_requested_) why = "stopped before the end";
  return why;
}

void Run::probe_given_up(int error) {
  int none = 0;
  if (lack_.compare_exchange_strong(none, error)) events_.warn(why_not_sent(options_, error) + '.');
}

void Run::on_news() {
  const std::lock_guard lock(mutex_);
  shard_.loop.wake();
  ++quiesce_epoch_;
  came_to_rest_.notify_all();
}

bool Run::all_quiesced() const {
  return (quiesced_ || std::find(stuck_.begin(), stuck_.end(), &shard_) != stuck_.end()) && crew_.finished(stuck_);
}

// Whoever comes first waits for the others, tells of all that are stuck, and ends the process.
void Run::on_stuck(Shard& shard, std::string why) {
  fail(std::move(why));
  std::unique_lock lock(mutex_);
  stuck_.push_back(&shard);
  ++quiesce_epoch_;
  came_to_rest_.notify_all();
  if (stuck_.size() > 1) came_to_rest_.wait(lock, [] { return false; });
  bool at_rest = false;
  for (bool more = true; more && !(at_rest = all_quiesced());) {
    const std::size_t before = quiesce_epoch_;
    more = came_to_rest_.wait_for(lock, kPatience, [&] { return quiesce_epoch_ != before; });
  }
  for (Shard* stuck : stuck_)
    if (stuck->window) stuck->window->emit_hosts(failure_);
  if (!at_rest) events_.warn("NSE: a worker does not come to rest; of its hosts those that are not done are not told.");
  emit_run_finished(failure_);
  _exit(EXIT_FAILURE);
}

void Run::target_skipped(std::string specification, std::string reason) {
  events_.warn(reason);
  events_.emit(event::TargetSkipped{std::move(specification), std::move(reason)});
}

void Run::warn_of_left_out(const std::set<std::string>& places, std::string_view registry) {
  constexpr std::size_t kNamed = 5;
  if (places.empty()) return;
  std::string named;
  std::size_t count = 0;
  for (const std::string& place : places) {
    if (count++ == kNamed) break;
    named += (named.empty() ? "" : ", ") + place;
  }
  if (places.size() > kNamed) named += " and others";
  events_.warn(fmt::format("NSE: {} lacks what is no plain data: {}.", registry, named));
}

void Run::expired(std::uint64_t cookie) {
  if (cookie == kStats) {
    stats_timer_ = shard_.deadlines.arm(clock_.now() + *options_.stats_every, *this, kStats);
    stats_requested_ = true;
  } else if (cookie == kProgress) {
    progress_timer_ = shard_.deadlines.arm(clock_.now() + options_.progress_every, *this, kProgress);
    progress_requested_ = options_.watched_after || events_.verbose();
  } else {
    order_timer_ = {};
    order_due_ = kNever;  // the turn that follows looks for what is due
  }
}

void Run::emit_requested() {
  ShardStats standing = shard_.stats();
  standing += *crew_.stats();
  if (stats_due_) emit_stats(standing);
  // A run whose end cannot be foretold shows that it lives all the same.
  if (!emit_progress(standing) && !stats_due_) emit_stats(standing);
}

void Run::emit_stats(const ShardStats& standing) {
  event::Stats stats;
  stats.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - started_);
  stats.hosts_done = standing.done.total;
  stats.hosts_up = standing.done.up + standing.open.up;
  stats.hosts_open = standing.hosts;
  stats.waiting_for_slot = standing.waiting_for_slot;
  stats.threads = standing.threads;
  stats.waiting_for_network = standing.waiting_for_network;
  stats.oldest = standing.oldest.text;
  events_.emit(std::move(stats));
  for (const std::string& thread : standing.live_threads) events_.log("NSE: " + thread);
}

const Task* Run::running_task() const {
  if (phase_ != Phase::Hosts) return phase_run_ ? &phase_task_ : nullptr;
  const Task* running = nullptr;
  std::size_t most = 0;
  for (const Task* task : {&tasks_.discovery, &tasks_.scan, &tasks_.scripts})
    if (const std::size_t busy = task->busy(); task->begun() && busy >= most) {
      most = busy;
      running = task;
    }
  return running;
}

bool Run::emit_progress(const ShardStats& standing) {
  const Task* task = running_task();
  if (!task) return false;
  double done = 0, all = 1;
  if (phase_run_) {
    done = phase_run_->progress();
  } else {
    const std::optional<double> remaining = feed_->remaining();
    if (!remaining) return false;
    done = static_cast<double>(standing.done.total) + standing.open.progress;
    all = static_cast<double>(standing.done.total + standing.hosts) + *remaining;
  }
  const auto estimate = forecast_.next(clock_.now() - phase_started_, done, all);
  if (!estimate) return false;
  event::TaskProgress progress;
  progress.task = task->name();
  progress.percent = estimate->percent;
  progress.remaining = static_cast<std::size_t>(std::chrono::ceil<std::chrono::seconds>(estimate->remaining).count());
  progress.etc = clock_.wall() + std::chrono::seconds(progress.remaining);
  events_.emit(std::move(progress));
  return true;
}

}  // namespace sluice::engine
