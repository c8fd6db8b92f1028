// SPDX-License-Identifier: Apache-2.0
#include "output/ignored_ports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include "output/port_states.hpp"

namespace sluice::output {
namespace {

/// Returns ascending port numbers as ranges.
std::string ranges(const std::vector<std::uint16_t>& numbers) {
  std::string text;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    fmt::format_to(std::back_inserter(text), "{}{}", text.empty() ? "" : ",", numbers[first]);
    if (last > first) fmt::format_to(std::back_inserter(text), "-{}", numbers[last]);
    first = last + 1;
  }
  return text;
}

bool collapses(PortState state, std::size_t count, const WriterOptions& options) {
  if (options.debugging > 2 || state == PortState::Open) return false;
  if (options.open_only && !is_possibly_open(state)) return true;
  if (state == PortState::OpenFiltered && options.verbosity > 2) return false;
  const int limit = 25 * std::max(1, options.verbosity + 1 + 20 * options.debugging);
  return count > static_cast<std::size_t>(limit);
}

}  // namespace

std::vector<IgnoredPorts> ignored_ports(const HostReport& host, const WriterOptions& options) {
  std::map<std::tuple<PortState, Protocol, Reason>, std::vector<std::uint16_t>> numbers;
  auto group = numbers.end();  // group of the last port, which is usually that of the next one, too
  for (const PortReport& port : host.ports) {
    const std::tuple key(port.state, port.protocol, port.reason);
    if (group == numbers.end() || group->first != key) group = numbers.try_emplace(key).first;
    group->second.push_back(port.number);
  }
  std::map<PortState, std::size_t> counts;
  for (const auto& [key, ports] : numbers) counts[std::get<PortState>(key)] += ports.size();
  std::erase_if(counts, [&](const auto& entry) { return !collapses(entry.first, entry.second, options); });

  std::vector<IgnoredPorts> ignored;
  ignored.reserve(counts.size());
  for (const auto& [state, count] : counts) ignored.push_back({state, count, {}});
  for (const auto& [key, ports] : numbers) {
    const auto& [state, protocol, reason] = key;
    if (!counts.contains(state)) continue;
    const auto owner = std::find_if(ignored.begin(), ignored.end(),
                                    [state = state](const IgnoredPorts& entry) { return entry.state == state; });
    owner->parts.push_back({protocol, reason, ports.size(), ranges(ports)});
  }
  const auto more = [](const auto& left, const auto& right) { return left.count > right.count; };
  std::stable_sort(ignored.begin(), ignored.end(), more);
  for (IgnoredPorts& entry : ignored) std::stable_sort(entry.parts.begin(), entry.parts.end(), more);
  return ignored;
}

bool is_single(const PortReport& port) { return port.state == PortState::Open || port.detail || port.reason_ttl != 0; }

std::vector<PortStates> port_states(const HostReport& host, const WriterOptions& options) {
  std::map<std::tuple<PortState, Protocol, Reason>, std::vector<const PortReport*>> groups;
  std::map<PortState, std::size_t> counts;
  for (const PortReport& port : host.ports) {
    ++counts[port.state];
    if (!is_single(port)) groups[{port.state, port.protocol, port.reason}].push_back(&port);
  }
  std::vector<PortStates> all;
  all.reserve(groups.size());
  for (const auto& [key, ports] : groups) {
    const auto& [state, protocol, reason] = key;
    std::vector<std::uint16_t> numbers;
    std::vector<std::string> names;
    const bool is_listed = !collapses(state, counts[state], options);
    for (const PortReport* port : ports) {
      numbers.push_back(port->number);
      if (!is_listed || port->table_service.empty()) continue;
      names.resize(numbers.size());
      names.back() = port->table_service;
    }
    all.push_back({{state, protocol, reason, ports.size(), ranges(numbers)}, std::move(names)});
  }
  return all;
}

bool is_ignored(const std::vector<IgnoredPorts>& ignored, PortState state) {
  return std::any_of(ignored.begin(), ignored.end(), [&](const IgnoredPorts& entry) { return entry.state == state; });
}

bool is_possibly_open(PortState state) {
  return state == PortState::Open || state == PortState::OpenFiltered || state == PortState::Unfiltered ||
         state == PortState::Unknown;
}

bool is_reported(const HostReport& host, const WriterOptions& options) {
  const std::string_view status = status_text(host);
  if (status == "unknown") return true;
  if (status == "down") return options.verbosity > 0 && !options.open_only;
  if (!options.open_only || !host.ports_scanned || host.timed_out || !host.incomplete.empty()) return true;
  return std::any_of(host.ports.begin(), host.ports.end(),
                     [](const PortReport& port) { return is_possibly_open(port.state); });
}

}  // namespace sluice::output
