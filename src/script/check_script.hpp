// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <sluice/script_check.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "script/documentation.hpp"
#include "script/lua_analysis.hpp"

namespace sluice::script {

/// What the source of a library says to its users.
struct LibraryFacts {
  bool exists = false;
  std::optional<std::set<std::string>> members;  ///< nothing if they are not known
  std::vector<std::string> arguments;            ///< names that it documents
  std::string words;                             ///< its names and strings; see words_of()
  std::vector<std::string> libraries;            ///< that it requires
};

/// The libraries and scripts that a script can name. Implemented over the data files, and by fakes in tests.
class ScriptSurroundings {
 public:
  virtual ~ScriptSurroundings() = default;
  [[nodiscard]] virtual const LibraryFacts& library(const std::string& name) = 0;
  /// Returns the dependencies of another script; nothing if there is no script with this id.
  [[nodiscard]] virtual std::optional<std::vector<std::string>> dependencies_of(const std::string& id) = 0;
};

/// A script that is checked.
struct CheckedScript {
  CheckedScript(std::string id, std::string_view source);

  std::string id;
  Documentation documentation;
  LuaAnalysis analysis;
  std::string words;
};

/// A finding without its file.
using Finding = ScriptFinding;
using Findings = std::vector<Finding>;

/// Returns the findings of all checks, sorted by line. REQUIRES: Lua accepts the source.
Findings check_script(const CheckedScript& script, ScriptSurroundings& surroundings);

/// Returns the facts of a library that exists.
LibraryFacts library_facts(std::string_view source);

/// Returns the names and strings of a source, one per line, without its description.
std::string words_of(std::string_view source, const Documentation& documentation);
/// True if `words` contain `word` as a whole word.
bool has_word(std::string_view words, std::string_view word);

// The checks by theme, which check_script() calls. Each appends its findings.

/// The required fields, their types, their spelling, and the categories.
void check_fields(const CheckedScript& script, Findings& findings);
/// Global variables, libraries, their members, and libraries that are not used.
void check_names(const CheckedScript& script, ScriptSurroundings& surroundings, Findings& findings);
/// Tags of the documentation, and arguments.
void check_documentation(const CheckedScript& script, ScriptSurroundings& surroundings, Findings& findings);
/// Dependencies on other scripts.
void check_dependencies(const CheckedScript& script, ScriptSurroundings& surroundings, Findings& findings);

/// Appends a warning or an error.
void warn(Findings& findings, std::size_t line, std::string_view check, std::string text);
void report_error(Findings& findings, std::size_t line, std::string_view check, std::string text);

}  // namespace sluice::script
