// SPDX-License-Identifier: Apache-2.0
#include "cli/settings_sources.hpp"

#include <unistd.h>

#include <map>
#include <string_view>
#include <utility>

#include "base/trusted_file.hpp"
#include "cli/history_directory.hpp"

namespace sluice::cli {

namespace {

constexpr const char* kSystemFile = "/etc/sluice/sluice.toml";

/// Reads a file. Returns nothing if it is missing.
Result<std::optional<SettingsFile>> read_file(const std::string& path) {
  const auto text = read_trusted(path);
  if (!text) return text.error();
  if (!*text) return std::optional<SettingsFile>();
  auto file = read_settings(**text, path);
  if (!file) return file.error();
  return std::optional(*std::move(file));
}

}  // namespace

SettingsSources settings_sources() {
  SettingsSources sources{{kSystemFile}, {}};
  if (auto file = user_settings_file(user_facts())) sources.files.push_back(*std::move(file));
  for (char** variable = environ; variable && *variable; ++variable)
    if (std::string_view(*variable).starts_with("SLUICE_")) sources.variables.emplace_back(*variable);
  return sources;
}

Result<FoundSettings> find_settings(const SettingsSources& sources, const CommandLine& command) {
  FoundSettings found;
  if (command.no_config) return found;
  auto environment = read_settings(sources.variables);
  if (!environment) return environment.error();
  if (environment->no_config && !command.config) {
    if (command.profile) return Error{"--profile: SLUICE_NO_CONFIG turns settings off; unset this variable"};
    return found;
  }
  found.warnings = std::move(environment->warnings);

  const auto& chosen = command.config ? command.config : environment->config;
  const std::string chooser = command.config ? "--config" : "SLUICE_CONFIG";
  std::vector<SettingsFile> files;
  for (const std::string& path : chosen ? std::vector{*chosen} : sources.files) {
    auto file = read_file(path);
    if (!file) return chosen ? file.error().in(chooser) : file.error();
    const bool missing = !file->has_value();
    if (missing && chosen) return Error{chooser + ": " + path + ": there is no such file", ErrorCode::UnreadableFile};
    found.files.push_back({path, !missing});
    if (!missing) files.push_back(**std::move(file));
  }

  const auto& profile = command.profile ? command.profile : environment->profile;
  auto joined = join_settings(files, profile ? *profile : std::string(), environment->settings);
  if (!joined) return joined.error().in(command.profile ? "--profile" : "SLUICE_PROFILE");
  found.settings = *std::move(joined);
  return found;
}

std::vector<Profile> find_profiles(const SettingsSources& sources, const std::optional<std::string>& config) {
  const auto environment = read_settings(sources.variables);
  if (!config && environment && environment->no_config) return {};
  const auto chosen = config ? config : environment ? environment->config : std::nullopt;
  std::map<std::string, std::string> found;
  for (const std::string& path : chosen ? std::vector{*chosen} : sources.files) {
    const auto file = read_file(path);
    if (!file || !*file) continue;
    for (const auto& [name, settings] : (*file)->profiles) found.emplace(name, path);
  }
  std::vector<Profile> profiles;
  profiles.reserve(found.size());
  for (const auto& [name, path] : found) profiles.push_back({name, path});
  return profiles;
}

}  // namespace sluice::cli
