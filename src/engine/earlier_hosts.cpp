// SPDX-License-Identifier: Apache-2.0
#include "engine/earlier_hosts.hpp"

#include <iterator>

namespace sluice::engine {

EarlierHosts::Known EarlierHosts::take(const Address& address, const std::string& name) {
  if (!run_) return {};
  if (run_->finished_addresses.contains(address)) return {.finished = true};
  const EarlierRun::Host host(address, name);
  const auto finished = run_->finished.find(host);
  const std::size_t times = finished == run_->finished.end() ? 0 : finished->second;
  const std::size_t waiting = run_->waiting.count(host), all = times + waiting + run_->unfinished.count(host);
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

}  // namespace sluice::engine
