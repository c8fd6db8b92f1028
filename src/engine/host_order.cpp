// SPDX-License-Identifier: Apache-2.0
#include "engine/host_order.hpp"

#include <utility>

namespace sluice::engine {

void HostOrder::finish(TargetPlace place, std::shared_ptr<const HostReport> report, TimePoint now) {
  open_.erase(place);
  waiting_.emplace(place, std::move(report));
  arrivals_.push_back({place, now});
}

HostOrder::Reports HostOrder::release(TimePoint now) {
  Reports reports;
  while (!arrivals_.empty()) {
    const auto [place, at] = arrivals_.front();
    const bool waits = waiting_.contains(place);
    if (waits && now < at + kPatience) break;
    if (waits) release_through(place, reports);
    arrivals_.pop_front();
  }
  const auto in_turn = [this] {
    const TargetPlace first = waiting_.begin()->first;
    return first < floor_ && (open_.empty() || first < *open_.begin());
  };
  while (!waiting_.empty() && (in_turn() || waiting_.size() > kMaxWaiting))
    release_through(waiting_.begin()->first, reports);
  if (waiting_.empty()) arrivals_.clear();
  return reports;
}

HostOrder::Reports HostOrder::release_all() {
  Reports reports;
  if (!waiting_.empty()) release_through(waiting_.rbegin()->first, reports);
  arrivals_.clear();
  return reports;
}

TimePoint HostOrder::due() const { return arrivals_.empty() ? kNever : arrivals_.front().at + kPatience; }

void HostOrder::release_through(TargetPlace last, Reports& reports) {
  // Hosts before `last` that have not finished yet are late. Their reports are released as soon as they finish.
  while (!waiting_.empty() && waiting_.begin()->first <= last) {
    reports.push_back(std::move(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
  }
}

}  // namespace sluice::engine
