// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sluice/export.hpp>
#include <sluice/result.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What a redacted value becomes.
inline constexpr std::string_view kRedacted = "<redacted>";

/// Redacts the text of --script-args: replaces each value whose name contains "pass", "secret", "token" or "key", in
/// any case, also in tables. A table with such a name is replaced in full. A text that is no list of script arguments
/// becomes kRedacted. Thread-safe.
SLUICE_EXPORT std::string redact_script_args(std::string_view text);

/// Redacts the values of --script-args in the arguments of a command line (event::RunStarted::arguments). Thread-safe.
SLUICE_EXPORT std::vector<std::string> redact_arguments(std::span<const std::string> arguments);

/// Returns the names of the script arguments that redact_arguments() has redacted, each with the names of the tables
/// around it: "http.pass". Thread-safe.
SLUICE_EXPORT std::vector<std::string> redacted_names(std::span<const std::string> arguments);

/// Returns a redacted text of --script-args with the values of the same names from `given`, another such text. Of
/// several values of a name the last one counts. Thread-safe.
SLUICE_EXPORT std::string restore_script_args(std::string_view redacted, std::string_view given);

/// Does the same with the arguments of a command line. Thread-safe.
SLUICE_EXPORT std::vector<std::string> restore_arguments(std::span<const std::string> redacted, std::string_view given);

/// How a text of --script-args differs from the script arguments that a command line has lost to redaction.
struct SecretsDifference {
  std::vector<std::string> missing;  ///< those of redacted_names() that the text does not give
  /// Names, and values without a name, that are not among redacted_names() and have another value in the command line,
  /// or none.
  std::vector<std::string> others;
};

/// Compares the text of --script-args with redacted_names(arguments). Errors: the text is no list of script arguments.
/// Thread-safe.
SLUICE_EXPORT Result<SecretsDifference> compare_secrets(std::span<const std::string> arguments,
                                                        std::string_view script_args);

}  // namespace sluice
