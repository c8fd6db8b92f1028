// SPDX-License-Identifier: Apache-2.0
#include "output/target_order.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice::output {

TargetOrder::TargetOrder(const std::vector<std::string>& targets) {
  for (const std::string& target : targets)
    if (auto spec = model::TargetSpec::parse(target)) specs_.push_back(*std::move(spec));
}

void TargetOrder::sort(std::vector<Event>& hosts) const {
  std::vector<std::tuple<std::size_t, Address, std::size_t>> places;
  places.reserve(hosts.size());
  for (std::size_t index = 0; index < hosts.size(); ++index) {
    const HostReport& host = *std::get<event::HostFinished>(hosts[index].what).report;
    const std::size_t item = item_of(host);
    places.emplace_back(item, item < specs_.size() ? host.address : Address(), index);
  }
  std::ranges::sort(places);
  std::vector<Event> sorted;
  sorted.reserve(hosts.size());
  for (const auto& place : places) sorted.push_back(std::move(hosts[std::get<2>(place)]));
  hosts = std::move(sorted);
}

std::size_t TargetOrder::item_of(const HostReport& host) const {
  const auto has = [&](const model::TargetSpec& spec) {
    if (spec.pattern) return host.target_name.empty() && spec.pattern->contains(host.address);
    return spec.name == host.target_name || spec.text == host.target_name;
  };
  return static_cast<std::size_t>(std::ranges::find_if(specs_, has) - specs_.begin());
}

}  // namespace sluice::output
