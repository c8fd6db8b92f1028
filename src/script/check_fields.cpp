// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>
#include <sluice/quote.hpp>
#include <sluice/spelling.hpp>

#include "base/text.hpp"
#include "script/check_script.hpp"

namespace sluice::script {

namespace {

constexpr std::size_t kMaxSlips = 2;  ///< letters that a misspelt name beside the right field may differ in
constexpr std::string_view kField = "field", kCategory = "category";
constexpr std::array<std::string_view, 14> kCategories{"auth",    "broadcast", "brute",    "default", "discovery",
                                                       "dos",     "exploit",   "external", "fuzzer",  "intrusive",
                                                       "malware", "safe",      "version",  "vuln"};
constexpr std::array<std::string_view, 11> kFields{"action",      "author",   "categories", "dependencies",
                                                   "description", "hostrule", "license",    "portrule",
                                                   "postrule",    "prerule",  "runlevel"};

bool is_rule(std::string_view name) { return std::ranges::find(kRules, name) != kRules.end(); }

/// Returns the last assignment of a field by the chunk; null if there is none.
const GlobalUse* find_field(const LuaAnalysis& analysis, std::string_view name) {
  const GlobalUse* found = nullptr;
  for (const GlobalUse& use : analysis.globals)
    if (use.write && !use.in_function && use.name == name) found = &use;
  return found;
}

bool is_constant(LuaValue value) { return value != LuaValue::Unknown && value != LuaValue::Nil; }

void check_type(const CheckedScript& script, std::string_view name, LuaValue wanted, Findings& findings) {
  const GlobalUse* const field = find_field(script.analysis, name);
  if (!field || !is_constant(field->value) || field->value == wanted) return;
  report_error(findings, field->line, kField,
               in_quotes(name) + " is a " + std::string(to_text(field->value)) + "; it must be a " +
                   std::string(to_text(wanted)));
}

bool has_wrong_item(const CheckedScript& script, std::string_view list) {
  const auto& wrong = script.documentation.wrong_items;
  return std::ranges::find(wrong, list, &LocatedText::text) != wrong.end();
}

void check_required(const CheckedScript& script, Findings& findings) {
  const LuaAnalysis& analysis = script.analysis;
  if (!find_field(analysis, "action")) report_error(findings, 1, kField, "there is no function 'action'");
  if (std::ranges::none_of(kRules, [&](std::string_view rule) { return find_field(analysis, rule); }))
    report_error(findings, 1, kField, "there is no rule; set prerule, hostrule, portrule or postrule to a function");
  for (const std::string_view name : {"description", "author", "license"})
    if (!find_field(analysis, name)) warn(findings, 1, kField, "the field " + in_quotes(name) + " is missing");
  const GlobalUse* const categories = find_field(analysis, "categories");
  if (!categories)
    warn(findings, 1, kField, "the field 'categories' is missing; no category selects the script");
  else if (categories->value == LuaValue::Table && script.documentation.categories.empty() &&
           !has_wrong_item(script, "categories"))
    warn(findings, categories->line, kField, "'categories' is empty; no category selects the script");
}

/// Finds fields whose names are probably misspelt, and those that NSE had earlier.
void check_spelling(const CheckedScript& script, Findings& findings) {
  std::set<std::string_view> seen;
  for (const GlobalUse& use : script.analysis.globals) {
    if (!use.write || use.in_function || use.own_environment || !seen.insert(use.name).second) continue;
    if (use.name == "runlevel") {
      warn(findings, use.line, kField, "'runlevel' has no effect; name the scripts that run before in 'dependencies'");
      continue;
    }
    if (std::ranges::find(kFields, use.name) != kFields.end()) continue;
    const auto meant = closest_word(use.name, kFields);
    if (!meant) continue;
    // Beside the right field, a name such as preaction is probably a global of the script.
    if (find_field(script.analysis, *meant) && spelling_distance(use.name, *meant) > kMaxSlips) continue;
    const bool function = *meant == "action" || is_rule(*meant);
    if (is_constant(use.value) && function != (use.value == LuaValue::Function)) continue;
    warn(findings, use.line, kField, in_quotes(use.name) + " is no field of a script; did you mean '" + *meant + "'?");
  }
}

void check_categories(const CheckedScript& script, Findings& findings) {
  std::set<std::string> seen;
  for (const LocatedText& category : script.documentation.categories) {
    const std::string name = to_lower(category.text);
    if (!seen.insert(name).second) {
      warn(findings, category.line, kCategory, in_quotes(category.text) + " is given twice");
    } else if (std::ranges::find(kCategories, name) == kCategories.end()) {
      const auto meant = closest_word(name, kCategories);
      warn(findings, category.line, kCategory,
           in_quotes(category.text) + " is no category of NSE" + (meant ? "; did you mean '" + *meant + "'?" : ""));
    }
  }
}

}  // namespace

void check_fields(const CheckedScript& script, Findings& findings) {
  check_required(script, findings);
  check_type(script, "action", LuaValue::Function, findings);
  for (const std::string_view rule : kRules) check_type(script, rule, LuaValue::Function, findings);
  for (const std::string_view list : {"categories", "dependencies"})
    check_type(script, list, LuaValue::Table, findings);
  for (const LocatedText& list : script.documentation.wrong_items)
    report_error(findings, list.line, kField, in_quotes(list.text) + " has an item that is no string");
  check_type(script, "description", LuaValue::Text, findings);
  check_spelling(script, findings);
  check_categories(script, findings);
}

}  // namespace sluice::script
