// SPDX-License-Identifier: Apache-2.0
#include "cli/explain_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "cli/print.hpp"

namespace sluice::cli {

namespace {

using Json = nlohmann::ordered_json;

/// Title of the host, or of the phase without hosts.
std::string group_text(const ScriptPlace& place) {
  if (!place.address) return place.phase == "prerule" ? "before the hosts" : "after the hosts";
  HostReport host;
  host.address = *place.address;
  host.target_name = place.target_name;
  return display_name(host);
}

/// Title of the port; "" for other rules.
std::string port_text(const RuleAnswer& answer) {
  if (!answer.place.port) return "";
  std::string text = fmt::format("{}/{}", *answer.place.port, to_text(answer.place.protocol));
  return answer.service.empty() ? text : text + ' ' + answer.service;
}

/// The cause, with the order if other scripts come first.
std::string cause_text(const RuleAnswer& answer) {
  if (answer.after.empty() || answer.verdict == RuleAnswer::Verdict::DoesNotRun) return answer.why;
  return fmt::format("{}; runs after {}", answer.why, fmt::join(answer.after, ", "));
}

Json json_of_wishes(const std::vector<PortWish>& wishes) {
  Json array = Json::array();
  for (const PortWish& wish : wishes)
    array.push_back({{"ports", wish.ports},
                     {"services", wish.services},
                     {"protocols", wish.protocols},
                     {"states", wish.states},
                     {"met", wish.met}});
  return array;
}

Json json_of_reads(const std::vector<RuleRead>& reads) {
  Json array = Json::array();
  for (const RuleRead& read : reads)
    array.push_back({{"field", read.field}, {"value", read.value ? Json(*read.value) : Json()}});
  return array;
}

Json json_of(const RuleAnswer& answer) {
  Json object;
  object["script"] = answer.script;
  object["rule"] = answer.place.phase;
  if (answer.place.address) object["address"] = answer.place.address->text_with_scope();
  if (!answer.place.target_name.empty()) object["name"] = answer.place.target_name;
  if (answer.place.port) {
    object["port"] = *answer.place.port;
    object["protocol"] = to_text(answer.place.protocol);
    object["service"] = answer.service;
  }
  object["verdict"] = to_text(answer.verdict);
  object["why"] = answer.why;
  object["chosen"] = answer.chosen;
  object["forced"] = answer.forced;
  object["run_level"] = answer.run_level;
  object["after"] = answer.after;
  object["wants"] = json_of_wishes(answer.wants);
  object["asks"] = answer.asks;
  object["missing_arguments"] = answer.missing_arguments;
  object["reads"] = json_of_reads(answer.reads);
  return object;
}

}  // namespace

void ExplainText::add_titles(const RuleAnswer& answer) {
  std::string group = group_text(answer.place), port = port_text(answer);
  if (group_ != group) {
    sink_(terminal_text(fmt::format("{}{}", group_ ? "\n" : "", group)) + '\n');
    port_.reset();
  }
  if (port_ != port && !port.empty()) sink_(terminal_text("  " + port) + '\n');
  group_ = std::move(group);
  port_ = std::move(port);
}

void ExplainText::add(const RuleAnswer& answer) {
  add_titles(answer);
  sink_(terminal_text(fmt::format("{}{:<7}  {:<24}  {}", answer.place.port ? "    " : "  ", to_text(answer.verdict),
                                  answer.script, cause_text(answer))) +
        '\n');
}

void ExplainJson::add(const RuleAnswer& answer) {
  sink_(std::exchange(any_, true) ? ",\n" : "[\n");
  sink_(json_of(answer).dump(-1, ' ', false, Json::error_handler_t::replace));
}

void ExplainJson::finish() { sink_(any_ ? "\n]\n" : "[]\n"); }

}  // namespace sluice::cli
