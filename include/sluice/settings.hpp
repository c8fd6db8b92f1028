// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <sluice/command_line.hpp>
#include <sluice/export.hpp>
#include <sluice/result.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Settings are options that a file or the environment gives (docs/settings.md). The library reads none by itself: the
// command reads its files, and passes their texts here.

namespace sluice {

/// Where a value of an option comes from.
struct SLUICE_EXPORT SettingOrigin {
  enum class Kind : std::uint8_t { Default, File, Variable, CommandLine };
  Kind kind = Kind::CommandLine;
  std::string name;      ///< path of the file, or name of the variable
  std::size_t line = 0;  ///< in the file; the first one is 1
  std::string profile;   ///< the profile that has it; "" outside of profiles

  /// Returns "FILE:LINE", the name of the variable, "command line" or "default".
  [[nodiscard]] std::string text() const;
};

/// An option with its value.
struct Setting {
  std::string option;                  ///< its name without dashes, as it was written
  std::string value;                   ///< as on the command line; "true" or "false" without a value
  std::vector<std::string> arguments;  ///< of the command line that means the same; empty: the option is not given
  SettingOrigin origin;
};

/// The settings of one file.
struct SettingsFile {
  std::vector<Setting> settings;                         ///< those outside of profiles, in the order of their lines
  std::map<std::string, std::vector<Setting>> profiles;  ///< by name
};

/// The settings of the environment.
struct SettingsEnvironment {
  std::vector<Setting> settings;
  std::optional<std::string> config;   ///< SLUICE_CONFIG
  std::optional<std::string> profile;  ///< SLUICE_PROFILE
  bool no_config = false;              ///< SLUICE_NO_CONFIG; the others are not read then
  std::vector<std::string> warnings;   ///< variables without effect: one line each, no full stop
};

/// Reads the text of a settings file. `path`: for messages. Checks the syntax, the names of options and the types of
/// values; parse_command_line() checks the values. Errors: InvalidOption; the message names the file, the line
/// and the closest name. Thread-safe.
SLUICE_EXPORT Result<SettingsFile> read_settings(std::string_view text, const std::string& path);

/// Reads the variables of an environment that begin with SLUICE_. `variables`: each as "NAME=VALUE"; others are
/// ignored. Errors: InvalidOption; the message names the variable. Thread-safe.
SLUICE_EXPORT Result<SettingsEnvironment> read_settings(std::span<const std::string> variables);

/// Joins settings. Of an option, or of options that decide the same, the last source counts: the files in their order,
/// the profile in the files in their order, the environment. `profile`: "" means none. Errors: InvalidOption; no file
/// has the profile. Thread-safe.
SLUICE_EXPORT Result<std::vector<Setting>> join_settings(std::span<const SettingsFile> files,
                                                         const std::string& profile,
                                                         std::span<const Setting> environment);

/// A command line that was read together with settings.
struct SettledCommandLine {
  CommandLine command;
  std::vector<Setting> settings;  ///< those in force
};

/// Reads a command line together with settings: the arguments of the settings stand in front of the others, without
/// those that the command line replaces or leaves out (--unset). `settings`: those of join_settings().
/// Options::command_line receives all arguments. If there are settings in force, Options::typed_command_line receives
/// `arguments`. Errors: as of parse_command_line(); a message about a setting names its origin. Thread-safe.
SLUICE_EXPORT Result<SettledCommandLine> parse_command_line(std::span<const std::string> arguments,
                                                            std::span<const Setting> settings, const std::tm& local);

/// Returns a message about options with the origins of those that settings give: "FILE:LINE: max-rate: ..." for
/// "--max-rate: ...". `settings`: those in force. Thread-safe.
SLUICE_EXPORT std::string with_origins(std::string message, std::span<const Setting> settings);

/// Returns the options in force: those of settings, those of the command line, and the built-in values of others that
/// have one. Options for levels are `v` and `d` with the level in force. Options that a run does not have are left out.
/// `arguments`: a command line that parse_command_line() has read without an error. `settings`: those in force.
/// `effective`: the command line that they make, whose options have the values of effective_options(). Thread-safe.
SLUICE_EXPORT std::vector<Setting> options_in_force(std::span<const std::string> arguments,
                                                    std::span<const Setting> settings, const CommandLine& effective);

}  // namespace sluice
