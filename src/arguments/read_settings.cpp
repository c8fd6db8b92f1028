// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <sluice/quote.hpp>
#include <sluice/settings.hpp>
#include <sluice/spelling.hpp>

#include "arguments/make_setting.hpp"
#include "arguments/option_table.hpp"
#include "arguments/settings_document.hpp"

namespace sluice {

namespace {

using arguments::Option;
using arguments::SettingEntry;
using arguments::SettingValue;
using Kind = SettingOrigin::Kind;

constexpr std::string_view kPrefix = "SLUICE_", kProfiles = "profile";

/// Returns the settings of one table, without its tables of profiles.
Result<std::vector<Setting>> settings_of(std::span<const SettingEntry> entries, const std::string& path,
                                         const std::string& profile) {
  std::vector<Setting> settings;
  for (const SettingEntry& entry : entries) {
    if (profile.empty() && entry.key == kProfiles) continue;
    auto setting = arguments::make_setting(entry, {Kind::File, path, entry.line, profile});
    if (!setting) return setting.error();
    const auto* main = arguments::find_option(entry.key)->main;
    for (const Setting& other : settings)
      if (arguments::find_option(other.option)->main == main)
        return Error{fmt::format("{}:{}: {}: is the option {} of line {}; leave one of them out", path, entry.line,
                                 entry.key, other.option, other.origin.line)};
    settings.push_back(*std::move(setting));
  }
  return settings;
}

Error no_table(const SettingEntry& entry, const std::string& path, std::string_view name) {
  return Error{fmt::format("{}:{}: {}: must be a table: [profile.NAME]", path, entry.line, shortened(name))};
}

/// Returns the name of the variable of an option: "SLUICE_MAX_RATE". Short options have none.
std::string variable_of(const Option& option) {
  std::string name(kPrefix);
  for (const unsigned char letter : option.name) name += letter == '-' ? '_' : static_cast<char>(std::toupper(letter));
  return name;
}

/// Returns the options that have a variable.
const std::vector<const Option*>& options_with_variables() {
  static const std::vector<const Option*> all = [] {
    std::vector<const Option*> found;
    for (const arguments::OptionSection& section : arguments::option_sections())
      for (const Option& option : section.options)
        if (option.name.size() > 2 && (option.users & arguments::users_of(CommandLine::Wish::Run)) != 0)
          found.push_back(&option);
    return found;
  }();
  return all;
}

/// Returns a warning if the name of a variable is probably misspelt; otherwise nothing, because programs may have
/// variables of this prefix for other purposes.
std::optional<std::string> misspelt(const std::string& name) {
  std::vector<std::string> names;
  for (const Option* option : options_with_variables()) names.push_back(variable_of(*option).substr(kPrefix.size()));
  const auto closest = closest_word(std::string_view(name).substr(kPrefix.size()), names);
  if (!closest) return std::nullopt;
  return fmt::format("{}: is no variable of sluice; the closest one is {}{}", shortened(name), kPrefix, *closest);
}

Result<void> add_variable(SettingsEnvironment& environment, const Option& option, const std::string& name,
                          std::string_view value) {
  const SettingOrigin origin{Kind::Variable, name, 0, {}};
  if (option.name == "config") {
    environment.config = std::string(value);
  } else if (option.name == kProfiles) {
    environment.profile = std::string(value);
  } else if (option.name == "no-config") {  // has a value that does not turn settings off
    if (auto setting = arguments::make_setting(option, value, origin); !setting) return setting.error();
  } else if (!arguments::find_option(option.name)->main->instead_in_settings.empty()) {
    environment.warnings.push_back(fmt::format("{}: is ignored, because the option {} {}", name,
                                               arguments::with_dashes(option.name),
                                               arguments::find_option(option.name)->main->instead_in_settings));
  } else {
    auto setting = arguments::make_setting(option, value, origin);
    if (!setting) return setting.error();
    environment.settings.push_back(*std::move(setting));
  }
  return {};
}

/// True if SLUICE_NO_CONFIG is set to true. Errors in other variables do not matter then.
bool turns_settings_off(std::span<const std::string> variables) {
  const Option& option = *arguments::find_option("no-config")->option;
  const std::string start = variable_of(option) + '=';
  for (const std::string& variable : variables) {
    if (!variable.starts_with(start)) continue;
    const auto setting = arguments::make_setting(option, std::string_view(variable).substr(start.size()), {});
    return setting && !setting->arguments.empty();
  }
  return false;
}

/// True if an option of `later` replaces a setting.
bool replaces(const Setting& setting, const Setting& later) {
  const auto old = arguments::find_option(setting.option), other = arguments::find_option(later.option);
  if (old->main == other->main) return true;
  return !later.arguments.empty() && (old->option->choices & other->option->choices) != 0;
}

/// Adds the settings of a later source. They replace those of earlier ones, but not each other.
void add_source(std::vector<Setting>& joined, std::span<const Setting> later) {
  std::erase_if(joined, [&](const Setting& setting) {
    return std::ranges::any_of(later, [&](const Setting& other) { return replaces(setting, other); });
  });
  joined.insert(joined.end(), later.begin(), later.end());
}

Error unknown_profile(const std::string& profile, std::span<const SettingsFile> files) {
  std::set<std::string> names;
  for (const SettingsFile& file : files)
    for (const auto& [name, settings] : file.profiles) names.insert(name);
  if (const auto closest = closest_word(profile, names))
    return Error{fmt::format("no settings file has the profile {}; did you mean {}?", shortened(profile), *closest)};
  return Error{names.empty()
                   ? fmt::format("no settings file has a profile; write a table [profile.{}]", shortened(profile))
                   : fmt::format("no settings file has the profile {}; the profiles are {}", shortened(profile),
                                 fmt::join(names, ", "))};
}

}  // namespace

std::string SettingOrigin::text() const {
  switch (kind) {
    case Kind::Default:
      return "default";
    case Kind::File:
      return fmt::format("{}:{}", name, line);
    case Kind::Variable:
      return name;
    case Kind::CommandLine:
      break;
  }
  return "command line";
}

Result<SettingsFile> read_settings(std::string_view text, const std::string& path) {
  const auto document = arguments::parse_toml(text, path);
  if (!document) return document.error();
  SettingsFile file;
  auto settings = settings_of(*document, path, "");
  if (!settings) return settings.error();
  file.settings = *std::move(settings);
  for (const SettingEntry& entry : *document) {
    if (entry.key != kProfiles) continue;
    if (entry.value.kind != SettingValue::Kind::Table) return no_table(entry, path, entry.key);
    for (const SettingEntry& profile : entry.value.entries) {
      if (profile.key.empty()) return Error{fmt::format("{}:{}: the name of the profile is empty", path, profile.line)};
      if (profile.value.kind != SettingValue::Kind::Table) return no_table(profile, path, "profile." + profile.key);
      auto own = settings_of(profile.value.entries, path, profile.key);
      if (!own) return own.error();
      file.profiles.emplace(profile.key, *std::move(own));
    }
  }
  return file;
}

Result<SettingsEnvironment> read_settings(std::span<const std::string> variables) {
  SettingsEnvironment environment;
  if (turns_settings_off(variables)) {
    environment.no_config = true;
    return environment;
  }
  for (const std::string& variable : variables) {
    const std::size_t equals = std::min(variable.size(), variable.find('='));
    const std::string name = variable.substr(0, equals);
    const std::string_view value = std::string_view(variable).substr(std::min(variable.size(), equals + 1));
    if (!name.starts_with(kPrefix) || value.empty()) continue;
    const auto& options = options_with_variables();
    const auto found = std::ranges::find(options, name, [](const Option* option) { return variable_of(*option); });
    if (found == options.end()) {
      if (auto warning = misspelt(name)) environment.warnings.push_back(*std::move(warning));
    } else if (auto added = add_variable(environment, **found, name, value); !added) {
      return added.error();
    }
  }
  return environment;
}

Result<std::vector<Setting>> join_settings(std::span<const SettingsFile> files, const std::string& profile,
                                           std::span<const Setting> environment) {
  std::vector<Setting> joined;
  for (const SettingsFile& file : files) add_source(joined, file.settings);
  bool known = profile.empty();
  for (const SettingsFile& file : files) {
    const auto found = file.profiles.find(profile);
    if (found == file.profiles.end()) continue;
    known = true;
    add_source(joined, found->second);
  }
  if (!known) return unknown_profile(profile, files);
  add_source(joined, environment);
  return joined;
}

}  // namespace sluice
