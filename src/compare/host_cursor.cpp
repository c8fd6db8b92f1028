// SPDX-License-Identifier: Apache-2.0
#include "compare/host_cursor.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace sluice::compare {

namespace {

template <class T>
void sort_unique(std::vector<T>& items) {
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

HostCursor::HostCursor(const RunSummary::Content& content, bool by_name) : content_(content), by_name_(by_name) {
  order_.resize(content.hosts.size());
  std::iota(order_.begin(), order_.end(), 0U);
  if (by_name_) {
    std::ranges::stable_sort(order_, {}, [&](std::uint32_t index) { return name_key(content_.hosts[index]); });
  } else {
    const auto address = [&](std::uint32_t index) -> const Address& { return content_.hosts[index].address; };
    if (!std::ranges::is_sorted(order_, {}, address)) std::ranges::stable_sort(order_, {}, address);
  }
}

bool HostCursor::next() {
  host_ = {};
  if (at_ == order_.size()) return false;
  const HostRow& first = content_.hosts[order_[at_]];
  host_.key = by_name_ ? name_key(first) : first.address.text();
  const std::size_t start = at_;
  do add(content_.hosts[order_[at_++]]);
  while (at_ < order_.size() && same_host(first, content_.hosts[order_[at_]]));
  sort_unique(host_.addresses);
  sort_unique(host_.names);
  if (at_ - start > 1 || std::ranges::adjacent_find(host_.ports, {}, &PortRow::key) != host_.ports.end()) join();
  return true;
}

std::string HostCursor::name_key(const HostRow& row) const {
  const Text name = row.target_name != 0 ? row.target_name : row.reverse_name;
  return name != 0 ? std::string(content_.texts.at(name)) : row.address.text();
}

bool HostCursor::same_host(const HostRow& one, const HostRow& other) const {
  return by_name_ ? name_key(one) == name_key(other) : one.address == other.address;
}

void HostCursor::add(const HostRow& row) {
  host_.addresses.push_back(row.address);
  for (const Text name : {row.target_name, row.reverse_name})
    if (name != 0) host_.names.emplace_back(content_.texts.at(name));
  if (row.mac != 0) host_.mac = std::max(host_.mac, mac_text(content_.texts.at(row.mac)));
  const auto ports = content_.ports.begin() + row.first_port;
  host_.ports.insert(host_.ports.end(), ports, ports + row.ports);
  const auto scripts = content_.scripts.begin() + row.first_script;
  host_.scripts.insert(host_.scripts.end(), scripts, scripts + row.scripts);
  for (std::size_t protocol = 0; protocol < host_.rest.size(); ++protocol)
    if (row.rest[protocol] && (!host_.rest[protocol] || *row.rest[protocol] < *host_.rest[protocol]))
      host_.rest[protocol] = row.rest[protocol];
  host_.listed_only = host_.listed_only && row.listed_only;
  host_.complete = host_.complete && row.complete;
  host_.ports_asked = host_.ports_asked || row.ports_asked;
}

void HostCursor::join() {
  const auto text = [&](Text number) { return content_.texts.at(number); };
  std::ranges::sort(host_.ports, [&](const PortRow& one, const PortRow& other) {
    // Of two rows of a port, one with a service comes first.
    return std::tuple(one.key, one.state, text(other.service), text(other.table_service)) <
           std::tuple(other.key, other.state, text(one.service), text(one.table_service));
  });
  const auto same_port = [](const PortRow& one, const PortRow& other) { return one.key == other.key; };
  host_.ports.erase(std::unique(host_.ports.begin(), host_.ports.end(), same_port), host_.ports.end());
  std::ranges::sort(host_.scripts, [&](const ScriptRow& one, const ScriptRow& other) {
    return std::tuple(one.port, text(one.id), text(one.output)) <
           std::tuple(other.port, text(other.id), text(other.output));
  });
  const auto same_result = [](const ScriptRow& one, const ScriptRow& other) {
    return std::tie(one.port, one.id, one.output) == std::tie(other.port, other.id, other.output);
  };
  host_.scripts.erase(std::unique(host_.scripts.begin(), host_.scripts.end(), same_result), host_.scripts.end());
}

}  // namespace sluice::compare
