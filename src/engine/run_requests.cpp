// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "engine/local_places.hpp"
#include "engine/run.hpp"
#include "model/target_spec.hpp"

// Requests of the embedder and of the shards to a run.

namespace sluice::engine {

namespace {

/// Time in which the next of the other shards must end, or be found to be stuck. The latter takes about 1.2 s of CPU
/// time.
constexpr std::chrono::seconds kPatience(5);

}  // namespace

void Run::stop() noexcept {
  stop_requested_ = true;
  for (const auto& shard : shards_) shard->stop();
}

void Run::hold_hosts(bool hold) noexcept {
  hosts_held_ = hold;
  if (!hold) first().ports().loop->wake();
}

void Run::report_stats() noexcept {
  stats_requested_ = true;
  first().ports().loop->wake();
}

std::optional<RunStatus> Run::status() {
  status_requested_ = true;
  first().ports().loop->wake();
  const std::lock_guard lock(status_mutex_);
  return status_;
}

void Run::set_levels(int verbosity, int debugging) noexcept {
  constexpr int kHighest = 10;
  levels_requested_ = {static_cast<std::int16_t>(std::clamp(verbosity, 0, kHighest)),
                       static_cast<std::int16_t>(std::clamp(debugging, 0, kHighest))};
  first().ports().loop->wake();
}

std::size_t Run::add_targets(std::vector<std::string> specifications) {
  std::size_t accepted = 0;
  event::TargetsAdded added;
  {
    const std::lock_guard lock(mutex_);
    if (specifications.empty()) return added_targets_.size();
    for (std::string& specification : specifications) {
      if (!added_targets_.contains(specification)) {
        if (!model::TargetSpec::parse(specification, options_.family)) continue;
        new_targets_.push_back(specification);
        added.specifications.push_back(specification);
        added_targets_.insert(std::move(specification));
      }
      ++accepted;
    }
  }
  if (!added.specifications.empty()) events_.emit(std::move(added));
  first().ports().loop->wake();
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
  return failure_.empty() ? events_.observer_failure() : failure_;
}

std::string Run::stop_reason() const {
  std::string why = failure();
  if (why.empty() && stop_requested_) why = max_time_expired_ ? "--max-time has expired" : "stopped before the end";
  return why;
}

void Run::probe_given_up(int error) {
  int none = 0;
  if (lack_.compare_exchange_strong(none, error)) events_.warn(why_not_sent(options_, error) + '.');
}

void Run::on_news(Shard& shard) {
  if (&shard != &first()) first().ports().loop->wake();
  const std::lock_guard lock(mutex_);
  ++quiesce_epoch_;
  quiesced_.notify_all();
}

bool Run::all_quiescent() const {
  return std::ranges::all_of(
      shards_, [&](const auto& shard) { return shard->quiescent() || std::ranges::count(stuck_, shard.get()) > 0; });
}

// Several shards may call this. The first call waits for the other shards, reports the hosts of all stuck shards, and
// ends the process. The other calls do not return.
void Run::on_stuck(Shard& shard, std::string why) {
  fail(std::move(why));
  std::unique_lock lock(mutex_);
  stuck_.push_back(&shard);
  ++quiesce_epoch_;
  quiesced_.notify_all();
  if (stuck_.size() > 1) quiesced_.wait(lock, [] { return false; });
  bool quiescent = false;
  for (bool more = true; more && !(quiescent = all_quiescent());) {
    const std::size_t before = quiesce_epoch_;
    more = quiesced_.wait_for(lock, kPatience, [&] { return quiesce_epoch_ != before; });
  }
  for (Shard* stuck : stuck_) stuck->emit_stuck_hosts(failure_);
  if (!quiescent)
    events_.warn(fmt::format("NSE: a worker thread did not stop within {} s; the report lacks its unfinished hosts.",
                             kPatience.count()));
  emit_run_finished(failure_);
  platform_->end_process();
}

void Run::target_skipped(std::string specification, std::string reason) {
  events_.warn(reason);
  events_.emit(event::TargetSkipped{std::move(specification), std::move(reason)});
}

void Run::warn_of_left_out(const std::set<std::string>& places, std::string_view registry) {
  if (places.empty()) return;
  events_.warn(fmt::format("NSE: {} lacks values that are not plain data: {}.", registry, name_some(places)));
}

void Run::expired(std::uint64_t cookie) {
  if (cookie == kStats) {
    stats_timer_ = first().ports().deadlines.arm(clock_.now() + *options_.stats_every, *this, kStats);
    stats_requested_ = true;
  } else if (cookie == kProgress) {
    progress_timer_ = first().ports().deadlines.arm(clock_.now() + options_.progress_every, *this, kProgress);
    progress_requested_ = options_.watched_after || events_.verbose();
  } else if (cookie == kMaxTime) {
    max_time_expired_ = !stop_requested_;
    stop();
  } else {
    order_timer_ = {};
    order_due_ = kNever;  // the next turn calls release_ordered_hosts()
  }
}

bool Run::has_requests() const {
  return levels_are_requested() || (stats_pending_ ? collect_stats().has_value() : stats_are_requested());
}

void Run::handle_requests() {
  if (levels_are_requested()) {
    const Levels wanted = levels_requested_.exchange(kUnchanged);
    events_.set_levels(wanted.verbosity, wanted.debugging);
  }
  if (!stats_pending_ && stats_are_requested()) {
    stats_due_ = stats_requested_.exchange(false);
    progress_due_ = std::exchange(progress_requested_, false) || stats_due_;
    status_due_ = status_requested_.exchange(false);
    for (const auto& shard : shards_) shard->request_stats(progress_due_);
    stats_pending_ = true;
  }
  if (!stats_pending_) return;
  const std::optional<ShardStats> stats = collect_stats();
  if (!stats) return;
  stats_pending_ = false;
  if (status_due_) store_status(*stats);
  if (stats_due_) emit_stats(*stats);
  // If the end cannot be estimated, the counters show that the run makes progress.
  if (progress_due_ && !emit_progress(*stats) && !stats_due_) emit_stats(*stats);
}

std::optional<ShardStats> Run::collect_stats() const {
  ShardStats all;
  for (const auto& shard : shards_) {
    const auto stats = shard->stats();
    if (!stats) return std::nullopt;
    all += *stats;
  }
  return all;
}

void Run::release_ordered_hosts() {
  const TimePoint due = events_.release_hosts();
  if (due == order_due_) return;
  order_due_ = due;
  core::Deadlines& deadlines = first().ports().deadlines;
  deadlines.cancel(std::exchange(order_timer_, {}));
  if (due != kNever) order_timer_ = deadlines.arm(due, *this, kOrder);
}

event::Stats Run::stats_of(const ShardStats& now) const {
  event::Stats stats;
  stats.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - started_);
  stats.hosts_done = now.done.total;
  stats.hosts_up = now.done.up + now.open.up;
  stats.hosts_open = now.hosts;
  stats.waiting_for_slot = now.waiting_for_slot;
  stats.threads = now.threads;
  stats.waiting_for_network = now.waiting_for_network;
  stats.oldest = now.oldest.text;
  return stats;
}

void Run::emit_stats(const ShardStats& now) {
  events_.emit(stats_of(now));
  for (const std::string& thread : now.live_threads) events_.log("NSE: " + thread);
}

void Run::store_status(const ShardStats& now) {
  RunStatus status;
  status.stats = stats_of(now);
  if (const Task* task = running_task()) status.task = task->name();
  Forecast forecast = forecast_;  // the estimates of event::TaskProgress do not depend on this one
  status.progress = progress_of(now, forecast);
  status.ports = now.ports;
  status.slowest = now.slowest.text;
  status.slowest_elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now.slowest.elapsed);
  const std::lock_guard lock(status_mutex_);
  status_ = std::move(status);
}

const Task* Run::running_task() const {
  if (phase_ != Phase::Hosts) return first().phase() ? &phase_task_ : nullptr;
  const Task* running = nullptr;
  std::size_t most = 0;
  for (const Task* task : {&tasks_.discovery, &tasks_.scan, &tasks_.scripts})
    if (const std::size_t busy = task->busy(); task->begun() && busy >= most) {
      most = busy;
      running = task;
    }
  return running;
}

std::optional<event::TaskProgress> Run::progress_of(const ShardStats& now, Forecast& forecast) const {
  const Task* task = running_task();
  if (!task) return std::nullopt;
  double done = 0, all = 1;
  if (const auto& phase = first().phase()) {
    done = phase->progress();
  } else {
    const std::optional<double> remaining = feed_->remaining();
    if (!remaining) return std::nullopt;
    done = static_cast<double>(now.done.total) + now.open.progress;
    all = static_cast<double>(now.done.total + now.hosts) + *remaining;
  }
  const auto estimate = forecast.next(clock_.now() - phase_started_, done, all);
  if (!estimate) return std::nullopt;
  event::TaskProgress progress;
  progress.task = task->name();
  progress.percent = estimate->percent;
  progress.remaining = static_cast<std::size_t>(std::chrono::ceil<std::chrono::seconds>(estimate->remaining).count());
  progress.etc = clock_.wall() + std::chrono::seconds(progress.remaining);
  return progress;
}

bool Run::emit_progress(const ShardStats& now) {
  auto progress = progress_of(now, forecast_);
  if (!progress) return false;
  events_.emit(*std::move(progress));
  return true;
}

}  // namespace sluice::engine
