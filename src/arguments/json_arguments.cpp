// SPDX-License-Identifier: Apache-2.0
#include "arguments/json_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sluice/quote.hpp>

#include "arguments/option_table.hpp"

namespace sluice::arguments {

namespace {

using Json = nlohmann::ordered_json;  // keeps the order of the keys: of contradictory options the last one counts

constexpr std::string_view kTargets = "targets";

/// The spelling of an option on the command line.
struct Named {
  std::string spelled;  ///< with dashes; a member of a family such as -s: "-sV"
  Takes takes = Takes::Nothing;
  bool attaches_value = false;  ///< an optional value has no "=" in front: "-PS22"
};

Result<Named> find_key(const std::string& key) {
  if (key.starts_with('-')) return Error{fmt::format("{}: leave out the dashes in a JSON document", shortened(key))};
  const std::string spelled = (key.size() > 2 ? "--" : "-") + key;
  if (key.size() == 1) {
    const auto index = find_short_option(spellings(), key[0]);
    if (!index) return unknown_option(spellings(), key, spelled);
    return Named{spelled, spellings()[*index].takes, true};
  }
  const auto index = find_long_option(spellings(), key, spelled);
  if (!index) return index.error();
  if (*index) {
    const Spelling& found = spellings()[**index];
    return Named{(found.name.size() > 2 ? "--" : "-") + std::string(found.name), found.takes};
  }
  // A short option with an attached value: members of the families -s and -P, and "T4".
  const auto all_of_rest = [&](int (*is)(int)) {
    return std::all_of(key.begin() + 1, key.end(), [&](unsigned char letter) { return is(letter) != 0; });
  };
  const bool member = (key[0] == 's' || key[0] == 'P') && (key.size() == 2 || all_of_rest(std::isupper));
  const bool joined = member || (key[0] == 'T' && all_of_rest(std::isdigit));
  const auto family = joined ? find_short_option(spellings(), key[0]) : std::nullopt;
  if (!family || spellings()[*family].takes == Takes::Nothing) return unknown_option(spellings(), key, spelled);
  return Named{"-" + key, Takes::OptionalValue, true};
}

/// Adds one occurrence of an option. `value`: empty for true.
Result<void> add_option(std::vector<std::string>& arguments, const Named& option,
                        const std::optional<std::string>& value) {
  if (!value) {
    if (option.takes == Takes::Value) return Error{option.spelled + ": needs a value"};
    arguments.push_back(option.spelled);
    return {};
  }
  switch (option.takes) {
    case Takes::Nothing:
      return Error{option.spelled + ": takes no value"};
    case Takes::Value:
      arguments.push_back(option.spelled);
      arguments.push_back(*value);
      break;
    case Takes::OptionalValue:
      arguments.push_back(option.spelled + (option.attaches_value ? "" : "=") + *value);
      break;
  }
  return {};
}

Result<std::string> text_of(const Json& value, const std::string& name) {
  if (value.is_number()) return value.dump();
  std::string text = value.get<std::string>();
  if (text.find('\0') != std::string::npos) return Error{name + ": the value has a NUL character"};
  return text;
}

Result<void> add_value(std::vector<std::string>& arguments, const Named& option, const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? add_option(arguments, option, std::nullopt) : Result<void>{};
  if (!value.is_string() && !value.is_number())
    return Error{option.spelled + ": the value must be a boolean, a number, a string or an array of these"};
  auto text = text_of(value, option.spelled);
  return text ? add_option(arguments, option, *text) : text.error();
}

Result<void> add_values(std::vector<std::string>& arguments, const Named& option, const Json& value) {
  if (!value.is_array()) return add_value(arguments, option, value);
  for (const Json& each : value)
    if (auto added = add_value(arguments, option, each); !added) return added;
  return {};
}

Result<std::vector<std::string>> read_targets(const Json& value) {
  std::vector<std::string> targets;
  const bool strings =
      value.is_array() && std::ranges::all_of(value, [](const Json& each) { return each.is_string(); });
  if (!strings) return Error{"targets: must be an array of strings"};
  for (const Json& each : value) {
    auto text = text_of(each, "targets");
    if (!text) return text.error();
    targets.push_back(std::move(*text));
  }
  return targets;
}

/// Parses the document, and refuses a key that occurs twice, because the parser would drop one of the values.
Result<Json> parse(std::string_view document) {
  std::set<std::string> keys;
  std::string repeated;
  const auto note_key = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth == 1 && event == Json::parse_event_t::key)
      if (auto name = parsed.get<std::string>(); !keys.insert(name).second) repeated = std::move(name);
    return true;
  };
  Json json;
  try {
    json = Json::parse(document, note_key);
  } catch (const Json::exception& failure) {
    const std::string_view what = failure.what();  // "[json.exception.parse_error.101] parse error at line 1, ..."
    const std::size_t begin = what.find("] ");
    return Error{fmt::format("the JSON document: {}", shortened(begin == what.npos ? what : what.substr(begin + 2)))};
  }
  if (!json.is_object()) return Error{"the JSON document is not an object"};
  if (!repeated.empty())
    return Error{fmt::format("the JSON document has {} twice; put the values into an array", in_quotes(repeated))};
  return json;
}

}  // namespace

Result<std::vector<std::string>> arguments_from_json(std::string_view document) {
  auto json = parse(document);
  if (!json) return json.error();
  std::vector<std::string> arguments, targets;
  for (const auto& [key, value] : json->items()) {
    if (key == kTargets) {
      auto read = read_targets(value);
      if (!read) return read.error();
      targets = std::move(*read);
      continue;
    }
    const auto option = find_key(key);
    if (!option) return option.error();
    if (auto added = add_values(arguments, *option, value); !added) return added.error();
  }
  if (std::ranges::any_of(targets, [](const std::string& target) { return target.starts_with('-'); }))
    arguments.emplace_back("--");
  arguments.insert(arguments.end(), targets.begin(), targets.end());
  return arguments;
}

}  // namespace sluice::arguments
