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

/// A script that was chosen and loaded.
struct ReadyScript {
  nse::Script script;
  bool forced = false;  ///< "+" in front of its rule
  script::ChosenScript::How how = script::ChosenScript::How::Category;
};

/// The scripts of a run by run level and rule, each level in the order of the selection. Scripts stay where they are.
class ScriptSet {
 public:
  using List = std::vector<const ReadyScript*>;

  ScriptSet() = default;
  /// `levels` has the run level of each script, from 1.
  ScriptSet(std::vector<std::unique_ptr<ReadyScript>> scripts, const std::vector<std::size_t>& levels);

  [[nodiscard]] bool empty() const { return scripts_.empty(); }
  [[nodiscard]] const std::vector<std::unique_ptr<ReadyScript>>& scripts() const { return scripts_; }
  [[nodiscard]] std::size_t levels() const { return levels_.size(); }
  /// Those of a level, counted from 0, that have the rule.
  [[nodiscard]] const List& at(std::size_t level, nse::ScriptRule rule) const {
    return levels_[level][static_cast<std::size_t>(rule)];
  }
  /// Is there one with this rule in any level?
  [[nodiscard]] bool has(nse::ScriptRule rule) const;

 private:
  std::vector<std::unique_ptr<ReadyScript>> scripts_;
  std::vector<std::array<List, 4>> levels_;
};

struct ScriptChoice {
  std::vector<std::unique_ptr<ReadyScript>> scripts;  ///< in the order of the selection
  std::vector<std::string> warnings;
  std::size_t left_out = 0;  ///< broken ones that a category or directory brought
};

/// Which scripts are wanted.
struct ScriptRequest {
  std::vector<script::Rule> rules;  ///< of --script or --script-help
  bool versions = false;            ///< those of category `version`, too, if there are any
};
/// What -sC, --script and -sV ask for.
ScriptRequest script_request(const Options& options);

/// Chooses scripts and loads each. One that the user named and that is broken is an error; one that a category or
/// directory brought is left out with a warning.
Result<ScriptChoice> choose_scripts(ScriptRequest request, const model::DataFiles& files, nse::Runtime& runtime);

/// The scripts in their run levels; the error names a circle of dependencies.
Result<ScriptSet> in_run_levels(std::vector<std::unique_ptr<ReadyScript>> scripts);

}  // namespace sluice::engine
