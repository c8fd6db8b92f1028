// SPDX-License-Identifier: Apache-2.0
#include "nse/runtime/rule_observation.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace sluice::nse {
namespace {

bool has_text(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

bool has_all(const std::vector<std::string>& all, const std::vector<std::string>& some) {
  return std::ranges::all_of(some, [&](const std::string& each) { return has_text(all, each); });
}

/// True if the number is one of these numbers and ranges.
bool has_number(const std::vector<std::string>& ports, unsigned number) {
  return std::ranges::any_of(ports, [&](std::string_view range) {
    const auto first = parse_number<unsigned>(take_until(range, '-'));
    const auto last = range.empty() ? first : parse_number<unsigned>(range);
    return first && last && *first <= number && number <= *last;
  });
}

/// The services of port tables are those that push_port() sets.
std::string_view service_text(const PortReport& port) {
  return port.detail && port.detail->service ? std::string_view(port.detail->service->name)
                                             : std::string_view(port.table_service);
}

bool is_wish_met(const PortWish& wish, const PortReport& port) {
  const bool named = has_number(wish.ports, port.number) ||
                     (!service_text(port).empty() && has_text(wish.services, service_text(port)));
  const std::string_view protocol = to_text(port.protocol), state = to_text(port.state);
  const bool right_protocol = wish.protocols.empty() ? protocol == "tcp" : has_text(wish.protocols, protocol);
  const bool right_state = wish.states.empty() ? state.starts_with("open") : has_text(wish.states, state);
  return named && right_protocol && right_state;
}

}  // namespace

void RuleObservation::add_wish(PortWish wish, const PortReport& port) {
  const bool known = std::ranges::any_of(wishes, [&](const PortWish& earlier) {
    return has_all(earlier.ports, wish.ports) && has_all(earlier.services, wish.services);
  });
  if (known || wishes.size() >= kMaxItems) return;
  wish.met = is_wish_met(wish, port);
  wishes.push_back(std::move(wish));
}

bool RuleObservation::has_unmet_wish() const {
  return std::ranges::any_of(wishes, [](const PortWish& wish) { return !wish.met; });
}

void RuleObservation::add_asked_port(std::uint16_t number, std::string_view protocol, std::string_view state) {
  const bool known = std::ranges::any_of(
      asked_ports, [&](const AskedPort& port) { return port.number == number && port.protocol == protocol; });
  if (!known && asked_ports.size() < kMaxItems)
    asked_ports.push_back({number, std::string(protocol), std::string(state)});
}

void RuleObservation::add_missing_argument(std::string_view name) {
  std::vector<std::string>& list = in_rule ? missing_arguments : early_missing_arguments;
  if (!has_text(list, name) && list.size() < kMaxItems) list.emplace_back(name);
}

void RuleObservation::add_read(std::string_view field, std::optional<std::string_view> value) {
  if (reads.size() >= kMaxItems || std::ranges::find(reads, field, &RuleRead::field) != reads.end()) return;
  reads.push_back({std::string(field), value ? std::optional<std::string>(*value) : std::nullopt});
}

}  // namespace sluice::nse
