// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <utility>

#include "engine/shard.hpp"

// Orders to a shard, and its answers.

namespace sluice::engine {

void Shard::set_state(State state) {
  state_ = state;
  run_.control.on_news(*this);
}

void Shard::wake() noexcept {
  if (has_orders_.exchange(true)) return;  // the loop was woken before, and has not taken the orders yet
  if (Ports* ports = published_ports_) ports->loop->wake();
}

void Shard::assign(Target target) {
  {
    const std::lock_guard lock(mutex_);
    orders_.assigned.push_back(std::move(target));
    ++load_;
    --vacancies_;
  }
  wake();
}

std::string Shard::reclaim_unstarted_hosts(std::vector<Target>& hosts) {
  const std::lock_guard lock(mutex_);
  load_ -= orders_.assigned.size();
  std::move(orders_.assigned.begin(), orders_.assigned.end(), std::back_inserter(hosts));
  orders_.assigned.clear();
  return std::exchange(why_unable_, "");
}

void Shard::finish() noexcept {
  {
    const std::lock_guard lock(mutex_);
    orders_.finish = true;
  }
  wake();
}

void Shard::stop() noexcept {
  stop_requested_ = true;
  scheduler_.halt();
  if (watchdog_) watchdog_->shorten_limit();
  wake();
}

void Shard::request_stats(bool with_threads) {
  {
    const std::lock_guard lock(mutex_);
    stats_pending_ = !quiescent();
    if (!stats_pending_) stats_ = {};  // a shard that has ended has no threads any more
    orders_.stats = stats_pending_;
    orders_.with_threads = with_threads;
  }
  wake();
}

std::optional<ShardStats> Shard::stats() const {
  const std::lock_guard lock(mutex_);
  if (stats_pending_ && !quiescent()) return std::nullopt;
  ShardStats stats = stats_pending_ ? ShardStats{} : stats_;
  stats.done = counts_;
  return stats;
}

HostWindow::Counts Shard::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

bool Shard::take_orders() {
  if (!has_orders_.exchange(false)) return true;
  Orders orders;
  {
    const std::lock_guard lock(mutex_);
    orders = std::exchange(orders_, {});
  }
  for (Target& target : orders.assigned)
    window_->add(std::move(target));  // even before the end: hosts that are up must be reported
  if (orders.stats) answer_stats(orders.with_threads);
  return !stop_requested_ && !orders.finish;
}

ShardStats& ShardStats::operator+=(const ShardStats& other) {
  done += other.done;
  hosts += other.hosts;
  open.up += other.open.up;
  open.progress += other.open.progress;
  threads += other.threads;
  waiting_for_slot += other.waiting_for_slot;
  waiting_for_network += other.waiting_for_network;
  live_threads.insert(live_threads.end(), other.live_threads.begin(), other.live_threads.end());
  if (other.oldest.waited > oldest.waited || oldest.text.empty()) oldest = other.oldest;
  if (other.slowest.elapsed > slowest.elapsed || slowest.text.empty()) slowest = other.slowest;
  ports += other.ports;
  return *this;
}

void Shard::answer_stats(bool with_threads) {
  ShardStats now;
  now.hosts = window_->size();
  now.open = window_->open_hosts();
  now.ports = scan_->settled();
  now.waiting_for_slot = slots_.waiting();
  if (runtime_) {
    now.threads = runtime_->threads();
    now.waiting_for_network = runtime_->waiting_for_network();
    now.oldest = runtime_->oldest();
    now.slowest = runtime_->slowest();
    if (with_threads && run_.events.debug(2)) now.live_threads = runtime_->describe_threads();
  }
  {
    const std::lock_guard lock(mutex_);
    now.hosts += orders_.assigned.size();
    stats_ = std::move(now);
    stats_pending_ = false;
  }
  run_.control.on_news(*this);
}

void Shard::publish() {
  const HostWindow::Counts& done = window_->done();
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = done.total != counts_.total;
    counts_ = done;
    load_ = window_->size() + orders_.assigned.size();
    vacancies_ = window_->vacancies() - static_cast<std::ptrdiff_t>(orders_.assigned.size());
  }
  if (news) run_.control.on_news(*this);
}

void Shard::emit_stuck_hosts(const std::string& why) {
  if (!window_) return;
  window_->emit_hosts(why);
  const std::lock_guard lock(mutex_);
  counts_ = window_->done();
}

}  // namespace sluice::engine
