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

constexpr std::string_view kDocumentation = "documentation", kArgument = "argument", kDependency = "dependency";
/// The tags of NSEDoc.
constexpr std::array<std::string_view, 19> kTags{
    "arg",  "args",   "author", "changelog", "class",  "copyright", "field", "internal", "key",      "license",
    "name", "output", "param",  "release",   "return", "see",       "todo",  "usage",    "xmloutput"};

/// Returns the name of an argument without the id of the script in front of it.
std::string_view own_name(std::string_view name, std::string_view id) {
  if (name.size() > id.size() && name.starts_with(id) && name[id.size()] == '.') name.remove_prefix(id.size() + 1);
  return name;
}

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

/// Returns the libraries of the script and those that they require.
std::vector<std::string> all_libraries(const CheckedScript& script, ScriptSurroundings& surroundings) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const LocatedText& library : script.documentation.libraries) add(library.text);
  std::size_t read = 0;  // the list grows while it is read
  while (read < names.size())
    for (const std::string& further : surroundings.library(names[read++]).libraries) add(further);
  return names;
}

void check_tags(const CheckedScript& script, Findings& findings) {
  const Documentation& found = script.documentation;
  if (found.usage.empty()) warn(findings, 1, kDocumentation, "the documentation has no example of a command (@usage)");
  if (found.output.empty())
    warn(findings, 1, kDocumentation, "the documentation has no example of the output (@output)");
  for (const LocatedText& tag : found.tags) {
    if (std::ranges::find(kTags, tag.text) != kTags.end()) continue;
    if (const auto meant = closest_word(tag.text, kTags))
      warn(findings, tag.line, kDocumentation, "'@" + tag.text + "' is no tag; did you mean '@" + *meant + "'?");
  }
}

/// The arguments that are documented for a script.
class DocumentedNames {
 public:
  DocumentedNames(const CheckedScript& script, const std::vector<std::string>& libraries,
                  ScriptSurroundings& surroundings)
      : id_(script.id) {
    for (const auto& argument : script.documentation.arguments) {
      own_.emplace(own_name(argument.name, id_));
      if (argument.name.find('.') == std::string::npos) short_.insert(argument.name);
    }
    for (const std::string& library : libraries)
      for (const std::string& name : surroundings.library(library).arguments) of_libraries_.insert(name);
    for (const ArgumentRead& argument : script.analysis.arguments)
      for (const std::string& name : argument.names) read_.emplace(own_name(name, id_));
  }

  /// True if the name is documented, or stands for a documented one: get_script_args("a.b") also reads "b", and a name
  /// with another prefix is an older name of an argument if the script reads that, too.
  [[nodiscard]] bool have(const std::string& name) const {
    const std::string own(own_name(name, id_)), last(last_part(name));
    return own.empty() || own_.contains(own) || of_libraries_.contains(name) || short_.contains(last) ||
           (own_.contains(last) && read_.contains(last));
  }

 private:
  const std::string& id_;
  std::set<std::string> own_, short_, of_libraries_, read_;
};

void check_read_arguments(const CheckedScript& script, const std::vector<std::string>& libraries,
                          ScriptSurroundings& surroundings, Findings& findings) {
  const DocumentedNames documented(script, libraries, surroundings);
  std::set<std::string> reported;
  for (const ArgumentRead& argument : script.analysis.arguments) {
    const auto is_documented = [&](const std::string& name) { return documented.have(name); };
    if (std::ranges::any_of(argument.names, is_documented)) continue;
    const std::string& name = argument.names.front();
    if (reported.insert(name).second)
      warn(findings, argument.line, kArgument, "the argument " + in_quotes(name) + " is not documented; add @args");
  }
}

/// True if a data file of Lua that the script names, such as "http-fingerprints.lua", has the word.
bool is_in_data_files(const CheckedScript& script, std::string_view word, ScriptSurroundings& surroundings) {
  constexpr std::string_view kExtension = ".lua";
  for (std::string_view rest = script.words; !rest.empty();) {
    std::string_view text = take_until(rest, '\n');
    while (text.ends_with('"') || text.ends_with('\'')) text.remove_suffix(1);
    while (text.starts_with('"') || text.starts_with('\'')) text.remove_prefix(1);
    if (!text.ends_with(kExtension)) continue;
    text.remove_suffix(kExtension.size());
    if (has_word(surroundings.library("data/" + std::string(text.substr(text.rfind('/') + 1))).words, word))
      return true;
  }
  return false;
}

void check_documented_arguments(const CheckedScript& script, const std::vector<std::string>& libraries,
                                ScriptSurroundings& surroundings, Findings& findings) {
  for (const auto& argument : script.documentation.arguments) {
    const std::string_view name = argument.name;
    if (name.find_first_of("[]<>*") != std::string_view::npos) continue;  // stands for several names
    const std::string_view word = last_part(name);
    if (word.empty() || has_word(script.words, word)) continue;
    const bool in_library = std::ranges::any_of(
        libraries, [&](const std::string& each) { return has_word(surroundings.library(each).words, word); });
    if (!in_library && !is_in_data_files(script, word, surroundings))
      warn(findings, argument.line, kArgument,
           "the documented argument " + in_quotes(name) + " is read neither by the script nor by its libraries");
  }
}

/// Searches a path of dependencies from `id` back to the script. Appends its ids to `path`.
bool leads_back(const std::string& id, const std::string& script, ScriptSurroundings& surroundings,
                std::set<std::string>& seen, std::vector<std::string>& path) {
  path.push_back(id);
  if (id == script) return true;
  if (seen.insert(id).second)
    if (const auto further = surroundings.dependencies_of(id))
      for (const std::string& each : *further)
        if (leads_back(each, script, surroundings, seen, path)) return true;
  path.pop_back();
  return false;
}

}  // namespace

void check_documentation(const CheckedScript& script, ScriptSurroundings& surroundings, Findings& findings) {
  check_tags(script, findings);
  const std::vector<std::string> libraries = all_libraries(script, surroundings);
  check_read_arguments(script, libraries, surroundings, findings);
  check_documented_arguments(script, libraries, surroundings, findings);
}

void check_dependencies(const CheckedScript& script, ScriptSurroundings& surroundings, Findings& findings) {
  std::set<std::string> known;
  for (const LocatedText& dependency : script.documentation.dependencies) {
    const std::string& id = dependency.text;
    if (!known.insert(id).second) {
      warn(findings, dependency.line, kDependency, in_quotes(id) + " is given twice");
      continue;
    }
    if (id != script.id && !surroundings.dependencies_of(id)) {
      const bool extension = id.ends_with(".nse") && surroundings.dependencies_of(id.substr(0, id.size() - 4));
      warn(findings, dependency.line, kDependency,
           "there is no script " + in_quotes(id) + (extension ? "; write the name without .nse" : ""));
      continue;
    }
    std::set<std::string> seen;
    std::vector<std::string> path{script.id};
    if (!leads_back(id, script.id, surroundings, seen, path)) continue;
    std::string chain;
    for (const std::string& each : path) chain += (chain.empty() ? "" : " -> ") + each;
    report_error(findings, dependency.line, kDependency, "the dependency is circular: " + chain);
  }
}

}  // namespace sluice::script
