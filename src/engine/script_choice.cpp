// SPDX-License-Identifier: Apache-2.0
#include "engine/script_choice.hpp"

#include <algorithm>
#include <utility>

#include "script/order.hpp"
#include "script/rule.hpp"

namespace sluice::engine {

ScriptSet::ScriptSet(std::vector<std::unique_ptr<ReadyScript>> scripts, const std::vector<std::size_t>& levels)
    : scripts_(std::move(scripts)) {
  for (std::size_t index = 0; index < scripts_.size(); ++index) {
    if (levels_.size() < levels[index]) levels_.resize(levels[index]);
    for (std::size_t rule = 0; rule < nse::kRuleNames.size(); ++rule)
      if (scripts_[index]->script.has_rule[rule]) levels_[levels[index] - 1][rule].push_back(scripts_[index].get());
  }
}

bool ScriptSet::has(nse::ScriptRule rule) const {
  return std::any_of(scripts_.begin(), scripts_.end(), [rule](const auto& ready) { return ready->script.has(rule); });
}

namespace {

bool has_category(const std::vector<script::Entry>& database, std::string_view category) {
  return std::ranges::any_of(database, [category](const script::Entry& entry) {
    return std::ranges::find(entry.categories, category) != entry.categories.end();
  });
}

}  // namespace

ScriptRequest script_request(const Options& options) {
  return {options.scripts ? script::parse_rules(options.script_rules) : std::vector<script::Rule>{}, options.versions,
          "--script"};
}

Result<ScriptChoice> choose_scripts(ScriptRequest request, const model::DataFiles& files, nse::Runtime& runtime) {
  ScriptChoice choice;
  const Warn warn = [&choice](std::string line) { choice.warnings.push_back(std::move(line)); };
  Result<std::vector<script::Entry>> database = script_database(files, runtime, warn);
  if (!database) return database.error();
  constexpr std::string_view kVersion = "version";
  if (request.versions && has_category(*database, kVersion)) request.rules.push_back(script::Rule::parse(kVersion));
  Result<script::Selection> selection = script::select(request.rules, *database, InstalledScripts(files));
  const auto caused_by_rules = [&request](const Error& error) {
    return request.option.empty() ? error : error.in(request.option);
  };
  if (!selection) return caused_by_rules(selection.error());
  for (std::string& warning : selection->warnings) warn("NSE: " + std::move(warning));

  for (const script::ChosenScript& chosen : selection->scripts) {
    auto loaded = runtime.load(chosen.path, chosen.id);
    if (!loaded && chosen.by_name()) return caused_by_rules(loaded.error());
    if (!loaded) {
      warn("NSE: " + chosen.id + " is skipped: " + loaded.error().message);
      ++choice.left_out;
    } else if (loaded->skipped) {
      const int verbosity = runtime.options.debugging > 0 ? 0 : 1;
      choice.unloaded.push_back("Failed to load '" + chosen.path + "': " + loaded->reason);
      if (runtime.options.verbosity >= verbosity)
        runtime.log({event::LogTo::Output, "NSE: " + choice.unloaded.back(), verbosity});
    } else {
      if (!loaded->doubt.empty()) warn("NSE: " + chosen.path + ": " + loaded->doubt);
      auto ready = std::make_unique<ReadyScript>(ReadyScript{std::move(loaded->script), chosen.forced, chosen.how});
      ready->script.by_name = chosen.by_name();
      choice.scripts.push_back(std::move(ready));
    }
  }
  return choice;
}

Result<ScriptSet> in_run_levels(std::vector<std::unique_ptr<ReadyScript>> scripts) {
  std::vector<script::Dependent> dependents;
  dependents.reserve(scripts.size());
  for (const auto& ready : scripts) dependents.push_back({ready->script.id, ready->script.dependencies});
  Result<std::vector<std::size_t>> levels = script::run_levels(dependents);
  if (!levels) return levels.error();
  return ScriptSet(std::move(scripts), *levels);
}

}  // namespace sluice::engine
