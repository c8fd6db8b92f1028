// SPDX-License-Identifier: Apache-2.0
#include "engine/earlier_hosts.hpp"

#include <algorithm>
#include <iterator>

namespace sluice::engine {

EarlierHosts::Known EarlierHosts::take(const Address& address, const std::string& name) {
  if (!run_) return {};
  if (run_->finished_addresses.contains(address)) return {.finished = true};
  const EarlierRun::Host host(address, name);
  const auto finished = run_->finished.find(host);
  const std::size_t times = finished == run_->finished.end() ? 0 : finished->second;
  const std::size_t waiting = run_->waiting.count(host), all = count(host);
  if (all == 0) return {};
  const std::size_t number = taken_[host]++;
  if (number < times) return {.finished = true};
  const auto from = [&](const auto& hosts, std::size_t before) {
    return std::next(hosts.find(host), static_cast<std::ptrdiff_t>(number - before));
  };
  if (number < times + waiting) return {.waiting = from(run_->waiting, times)->second};
  if (number < all) return {.unfinished = &from(run_->unfinished, times + waiting)->second};
  return {};
}

std::size_t EarlierHosts::missing() const {
  if (!run_) return 0;
  std::size_t all = run_->waiting.size() + run_->unfinished.size();
  for (const auto& [host, times] : run_->finished) all += times;
  for (const auto& [host, calls] : taken_) all -= std::min(calls, count(host));
  return all;
}

std::size_t EarlierHosts::count(const EarlierRun::Host& host) const {
  const auto finished = run_->finished.find(host);
  const std::size_t times = finished == run_->finished.end() ? 0 : finished->second;
  return times + run_->waiting.count(host) + run_->unfinished.count(host);
}

}  // namespace sluice::engine
