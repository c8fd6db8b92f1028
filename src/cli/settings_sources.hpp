// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/settings.hpp>
#include <string>
#include <vector>

namespace sluice::cli {

/// Where the command looks for settings (docs/settings.md). A default one has none.
struct SettingsSources {
  std::vector<std::string> files;      ///< paths, in the order of their precedence; they may be missing
  std::vector<std::string> variables;  ///< of the environment, each as "NAME=VALUE"
};

/// Returns the sources of this process. Not thread-safe, because it reads the environment.
SettingsSources settings_sources();

/// The settings of the sources.
struct FoundSettings {
  struct File {
    std::string path;
    bool read = false;  ///< false: it is missing
  };
  std::vector<Setting> settings;
  std::vector<File> files;
  std::vector<std::string> warnings;  ///< one line each, no full stop
};

/// Reads the settings for a command line. `command`: as it was typed; it may choose a file, a profile, or no settings.
/// Errors: a file or a variable has an error, other users can write a file, or there is no such profile.
Result<FoundSettings> find_settings(const SettingsSources& sources, const CommandLine& command);

/// A profile of a settings file.
struct Profile {
  std::string name;
  std::string path;  ///< of the first file that has it
};

/// Returns the profiles of the files that a run would read, in the order of their names. `config`: the file of
/// --config; empty: the other sources choose. Files that cannot be read or have an error are left out.
std::vector<Profile> find_profiles(const SettingsSources& sources, const std::optional<std::string>& config);

}  // namespace sluice::cli
