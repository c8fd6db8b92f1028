// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/result.hpp>
#include <string>

namespace sluice::cli {

/// What decides where the files of the user are: the journals of runs without --journal (docs/journal.md, "Without
/// --journal"), and the settings (docs/settings.md).
struct UserFacts {
  bool by_sudo = false;                      ///< the process belongs to root, and sudo has started it
  std::optional<std::string> state_home{};   ///< $XDG_STATE_HOME
  std::optional<std::string> home{};         ///< $HOME
  std::optional<std::string> root_home{};    ///< the directory of root in the database of users; only read if `by_sudo`
  std::optional<std::string> config_home{};  ///< $XDG_CONFIG_HOME
};

/// Reads the facts of this process. Not thread-safe, because it reads the environment.
UserFacts user_facts();

/// Returns the directory; nothing if there is none, because the facts give no absolute path.
std::optional<std::string> history_directory(const UserFacts& facts);

/// Returns the path of the user's settings; nothing if the facts give no absolute path.
std::optional<std::string> user_settings_file(const UserFacts& facts);

/// Checks that a directory is safe: it is no symbolic link, belongs to the user, and others may not write to it. A
/// missing directory is safe. Errors: the message names the directory and the remedy.
Result<void> check_history_directory(const std::string& path);

/// Creates a directory and those above it with mode 0700, as far as they are missing. Errors: as for
/// check_history_directory(), and the directory cannot be created.
Result<void> make_history_directory(const std::string& path);

/// Returns the checked directory of this process. Errors: there is none; it is not safe.
Result<std::string> existing_history_directory();

/// Returns the run that a name means: for "@last" and "@prev", the last run of the history by its start, or the last
/// but one, as "FILE" or "FILE#2"; for the name of a file of the history that is not in the working directory, its
/// path; otherwise the name. A damaged journal gives a warning on stderr. Errors: there is no such run.
Result<std::string> resolve_run(const std::string& name);

}  // namespace sluice::cli
