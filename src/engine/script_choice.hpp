// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <sluice/options.hpp>
#include <sluice/result.hpp>
#include <string>
#include <vector>

#include "engine/script_database.hpp"
#include "nse/runtime/script.hpp"
#include "script/rule.hpp"
#include "script/selection.hpp"

namespace sluice::engine {

/// A selected and loaded script.
struct ReadyScript {
  nse::Script script;
  bool forced = false;  ///< its rule begins with "+"
  script::ChosenScript::How how = script::ChosenScript::How::Category;
};

/// The scripts of a run, by run level and rule. In each level they have the order of the selection. Owns the scripts;
/// their addresses do not change. Owned by the Shard. Not thread-safe.
class ScriptSet {
 public:
  using List = std::vector<const ReadyScript*>;

  ScriptSet() = default;
  /// `levels`: run level of each script, counted from 1.
  ScriptSet(std::vector<std::unique_ptr<ReadyScript>> scripts, const std::vector<std::size_t>& levels);

  [[nodiscard]] bool empty() const { return scripts_.empty(); }
  [[nodiscard]] const std::vector<std::unique_ptr<ReadyScript>>& scripts() const { return scripts_; }
  [[nodiscard]] std::size_t levels() const { return levels_.size(); }
  /// Returns the scripts of a run level that have the rule. `level`: counted from 0.
  [[nodiscard]] const List& at(std::size_t level, nse::ScriptRule rule) const {
    return levels_[level][static_cast<std::size_t>(rule)];
  }
  /// True if a script of any level has this rule.
  [[nodiscard]] bool has(nse::ScriptRule rule) const;

 private:
  std::vector<std::unique_ptr<ReadyScript>> scripts_;
  std::vector<std::array<List, 4>> levels_;
};

/// Result of choose_scripts().
struct ScriptChoice {
  std::vector<std::unique_ptr<ReadyScript>> scripts;  ///< in the order of the selection
  std::vector<std::string> warnings;
  std::vector<std::string> unloaded{};  ///< scripts that lack a library: "Failed to load 'PATH': CAUSE"
  std::size_t left_out = 0;             ///< number of broken scripts that were left out
};

/// The scripts that are to be selected.
struct ScriptRequest {
  std::vector<script::Rule> rules;  ///< of --script or --script-help
  bool versions = false;            ///< the scripts of category `version`, too, if there are any
  std::string option{};             ///< the one that has the rules, for errors; "": the caller adds it
};
/// Returns the request of -sC, --script and -sV.
ScriptRequest script_request(const Options& options);

/// Selects and loads scripts. A broken script that a category or a directory selected is left out with a warning.
/// Errors: a rule selects nothing; a script that was selected by its name is broken; script.db is broken. The message
/// begins with the option if its rules are the cause.
Result<ScriptChoice> choose_scripts(ScriptRequest request, const model::DataFiles& files, nse::Runtime& runtime);

/// Returns the scripts by run level. Errors: a circular dependency; the message names its scripts.
Result<ScriptSet> in_run_levels(std::vector<std::unique_ptr<ReadyScript>> scripts);

}  // namespace sluice::engine
