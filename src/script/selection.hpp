// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "script/rule.hpp"

namespace sluice::script {

/// Access to the script files. Implemented over the data-file search, and by fakes in tests.
class ScriptFiles {
 public:
  virtual ~ScriptFiles() = default;

  enum class Kind : std::uint8_t { Nothing, File, Directory };
  struct Found {
    Kind kind = Kind::Nothing;
    std::string path;
  };
  /// Finds a script file. An absolute path is used as it is. A relative one is searched as "scripts/<name>" among the
  /// data files, then relative to the current directory.
  [[nodiscard]] virtual Found find(const std::string& name) const = 0;
  /// Returns the names of the entries of a directory, in any order.
  [[nodiscard]] virtual std::vector<std::string> list(const std::string& directory) const = 0;
};

/// A script to be loaded.
struct ChosenScript {
  enum class How : std::uint8_t { Name, Category, Path, Directory };
  std::string id;
  std::string path;
  How how = How::Category;
  bool forced = false;

  /// True if the script was chosen by file name pattern or path. Such a script sees a verbosity that is higher by one
  /// (nmap.verbosity), and an error while it is loaded ends the run.
  [[nodiscard]] bool by_name() const { return how == How::Name || how == How::Path; }
};

/// Returns "name", "category", "file path" or "directory".
std::string_view to_text(ChosenScript::How how);

/// Result of select().
struct Selection {
  std::vector<ChosenScript> scripts;  ///< from the database in its order, then from files in the order of the rules
  std::vector<std::string> warnings;
};

/// Chooses the scripts that `rules` select (docs/nse-compat.md, "Choice of scripts and their arguments"). The first
/// rule that matches an entry of `database` determines ChosenScript::how; any matching rule may force it. A rule that
/// matches no entry names a file, with or without ".nse", or a directory, with or without a slash at its end.
/// Errors: a rule selects nothing, or two chosen scripts have the same id.
Result<Selection> select(const std::vector<Rule>& rules, const std::vector<Entry>& database, const ScriptFiles& files);

}  // namespace sluice::script
