// SPDX-License-Identifier: Apache-2.0
#include "arguments/make_setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sluice/quote.hpp>
#include <sluice/spelling.hpp>
#include <utility>

#include "base/text.hpp"

namespace sluice::arguments {

namespace {

using Kind = SettingValue::Kind;

/// Returns the names that a setting may have, and that of the table of profiles.
std::vector<std::string_view> known_names() {
  std::vector<std::string_view> names{"profile"};
  for (const OptionSection& section : option_sections())
    for (const Option& option : section.options)
      if (find_option(option.name) && (option.users & users_of(CommandLine::Wish::Run)) != 0 &&
          option.instead_in_settings.empty())
        names.push_back(option.name);
  return names;
}

std::string dashed(const Option& option) { return with_dashes(option.name); }

/// Returns the arguments for one occurrence of an option. `value`: nothing if it has none.
std::vector<std::string> arguments_of(const Option& option, const std::string* value) {
  if (!value) return {dashed(option)};
  if (option.value.takes == Takes::Value) return {dashed(option), *value};
  const bool attached = option.name.size() == 1 || option.member;
  return {dashed(option) + (attached ? "" : "=") + *value};
}

/// Returns the text that stands for a value on the command line. Errors: no such text; the message has no name.
Result<std::string> text_of(const Option& option, const SettingValue& value) {
  if (value.kind == Kind::Text || value.kind == Kind::Number) {
    if (value.text.find('\0') != std::string::npos) return Error{"the value has a NUL character"};
    return value.text;
  }
  if (value.kind != Kind::List) return Error{"the value must be a number or a string"};
  if (!option.value.list) return Error{"takes one value, not a list"};
  std::string joined;
  for (const SettingValue& item : value.items) {
    if (item.kind != Kind::Text && item.kind != Kind::Number)
      return Error{"the list may have numbers and strings only"};
    auto text = text_of(option, item);
    if (!text) return text;
    joined += (&item == &value.items.front() ? "" : ",") + *text;
  }
  return joined;
}

/// Fills the value of a setting in. Errors: the message has no name.
Result<void> set_value(Setting& setting, const Option& option, const SettingValue& value) {
  const bool on = value.kind == Kind::Boolean && value.on;
  if (value.kind == Kind::Boolean) {
    if (on && option.value.takes == Takes::Value) return Error{"needs a value"};
    setting.value = on ? "true" : "false";
    if (on) setting.arguments = arguments_of(option, nullptr);
    return {};
  }
  if (option.value.takes == Takes::Nothing) return Error{"must be true or false"};
  auto text = text_of(option, value);
  if (!text) return text.error();
  setting.value = *std::move(text);
  setting.arguments = arguments_of(option, &setting.value);
  return {};
}

}  // namespace

Error unknown_name(std::string_view name) {
  const auto names = known_names();
  const auto other_case =
      std::ranges::find_if(names, [&](std::string_view known) { return equal_ignoring_case(known, name); });
  const auto closest = other_case == names.end() ? closest_word(name, names) : std::optional(std::string(*other_case));
  if (closest) return Error{fmt::format("unknown option; did you mean {}?", *closest)};
  return Error{"unknown option; sluice -h lists the options, settings have their names without dashes"};
}

Result<Setting> make_setting(const SettingEntry& entry, const SettingOrigin& origin) {
  const auto failed = [&](const Error& error) { return error.in(origin.text() + ": " + shortened(entry.key)); };
  const auto found = find_option(entry.key);
  if (!found) return failed(unknown_name(entry.key));
  const Option& option = *found->option;
  if ((option.users & users_of(CommandLine::Wish::Run)) == 0)
    return failed(Error{"is an option of commands; settings are for runs"});
  if (!found->main->instead_in_settings.empty()) return failed(Error{std::string(found->main->instead_in_settings)});
  if (entry.value.kind == Kind::Table)
    return failed(Error{"must be a value; only profiles are tables: [profile.NAME]"});
  Setting setting{entry.key, {}, {}, origin};
  if (auto set = set_value(setting, option, entry.value); !set) return failed(set.error());
  return setting;
}

Result<Setting> make_setting(const Option& option, std::string_view value, const SettingOrigin& origin) {
  constexpr std::string_view kOn[] = {"true", "1", "yes", "on"}, kOff[] = {"false", "0", "no", "off"};
  const bool bare = option.value.takes == Takes::Nothing;
  const bool may_be_bare = option.value.takes == Takes::OptionalValue;
  const auto is = [&](std::span<const std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return equal_ignoring_case(word, value); });
  };
  SettingValue read;
  read.kind = Kind::Text;
  read.text = value;
  if (bare && !is(kOn) && !is(kOff))
    return Error{fmt::format("{}: \"{}\" is neither true nor false", origin.text(), shortened(value))};
  if (bare || (may_be_bare && (value == "true" || value == "false"))) {
    read.kind = Kind::Boolean;
    read.on = bare ? is(kOn) : value == "true";
  }
  Setting setting{std::string(option.name), {}, {}, origin};
  if (auto set = set_value(setting, option, read); !set) return set.error().in(origin.text());
  return setting;
}

}  // namespace sluice::arguments
