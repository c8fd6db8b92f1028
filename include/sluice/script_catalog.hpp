// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sluice/export.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

// The installed scripts and their documentation (docs/scripts.md). Nothing of a script is executed: its source is read.

namespace sluice {

/// Where scripts and libraries are searched, beside the installed data files.
struct ScriptPlaces {
  std::optional<std::string> datadir;  ///< --datadir
  bool read_environment = false;       ///< NMAPDIR and XDG_CACHE_HOME count
};

/// A script as script.db lists it.
struct ScriptName {
  std::string id;  ///< "http-title"
  std::vector<std::string> categories;
};

/// An argument of a script.
struct ScriptArgument {
  std::string name;     ///< as `--script-args` takes it: "http-title.url"
  std::string text;     ///< its documentation: one line per paragraph or list item, without markup; may be empty
  std::string library;  ///< the library that has the argument; "": the script itself
};

/// A script and what its source says about it. Fields of the script that are no constants are missing.
struct ScriptPage {
  std::string id, path;
  std::vector<std::string> categories, dependencies;
  std::vector<std::string> rules;  ///< "prerule", "hostrule", "portrule", "postrule"
  std::string summary;             ///< the first sentence of the description
  std::string description;         ///< unchanged, as --script-help prints it
  std::string text;                ///< the description, one line per paragraph or list item, without markup
  std::vector<std::string> authors;
  std::string license;
  std::vector<std::string> libraries;     ///< those that it requires
  std::vector<ScriptArgument> arguments;  ///< its own, then those of its libraries and of the libraries they require
  std::vector<std::string> usage, output, xml_output;  ///< examples, several lines each
  std::vector<std::string> see;                        ///< further scripts ("http-enum.nse") and addresses
};

/// Result of describe_scripts().
struct ScriptPages {
  std::vector<ScriptPage> scripts;    ///< in the order in which --script selects them
  std::vector<std::string> warnings;  ///< one line each, no full stop
};

/// Returns the scripts of script.db in its order. Reads this file only, or all scripts if there is none.
/// Errors: script.db or a script cannot be read; script.db is damaged; the data directory is not a directory.
/// Thread-safe.
SLUICE_EXPORT Result<std::vector<ScriptName>> script_names(const ScriptPlaces& places = {});

/// Returns the documentation of the scripts that rules select. `rules`: as for --script, each with rules that are
/// separated by commas; empty: all scripts of script.db. A library that does not exist has no arguments.
/// Errors: as for script_names(); a rule is empty or selects nothing; two scripts have the same id. Thread-safe.
SLUICE_EXPORT Result<ScriptPages> describe_scripts(const std::vector<std::string>& rules,
                                                   const ScriptPlaces& places = {});

}  // namespace sluice
