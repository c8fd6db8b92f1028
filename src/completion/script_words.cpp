// SPDX-License-Identifier: Apache-2.0
#include "completion/script_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/script_files.hpp"
#include "model/data_files.hpp"
#include "script/catalog.hpp"
#include "script/documentation.hpp"
#include "script/selection.hpp"

namespace sluice::completion {

namespace {

model::DataFiles data_files(const ScriptContext& context) {
  model::DataPlaces places = model::process_data_places(context.read_environment);
  places.datadir = context.datadir;
  return model::DataFiles(std::move(places));
}

std::optional<std::string> contents(const std::optional<std::string>& path) {
  if (!path) return std::nullopt;
  std::ifstream file(*path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return std::nullopt;
  return std::move(text).str();
}

/// Returns the entries of script.db; none if it cannot be read.
std::vector<script::Entry> database(const model::DataFiles& files) {
  const auto text = contents(files.find_file("scripts/script.db"));
  if (!text) return {};
  auto entries = script::parse_script_database(*text);
  return entries ? *std::move(entries) : std::vector<script::Entry>();
}

/// Divides a value before the word that is completed: the one behind the last of these characters.
std::pair<std::string_view, std::string_view> divide(std::string_view value, std::string_view separators) {
  const std::size_t end = value.find_last_of(separators);
  const std::size_t start = end == std::string_view::npos ? 0 : end + 1;
  return {value.substr(0, start), value.substr(start)};
}

/// Returns what the rules choose; nothing if there are none, or if one of them is wrong.
std::vector<script::ChosenScript> chosen_scripts(const ScriptContext& context, const model::DataFiles& files) {
  if (context.rules.empty()) return {};
  const auto selection =
      script::select(script::parse_rules(context.rules), database(files), engine::InstalledScripts(files));
  return selection ? selection->scripts : std::vector<script::ChosenScript>();
}

}  // namespace

std::vector<Candidate> complete_rules(std::string_view rules, const ScriptContext& context) {
  const auto [before, word] = divide(rules, ", (+");
  std::map<std::string, std::size_t> categories;
  std::map<std::string, std::string> found;
  for (const script::Entry& entry : database(data_files(context))) {
    std::string names;
    for (const std::string& category : entry.categories) {
      ++categories[category];
      names += (names.empty() ? "" : ", ") + category;
    }
    const std::string_view id = script::script_id(entry.filename);
    if (id.starts_with(word)) found.emplace(id, "script: " + names);
  }
  if (!categories.empty()) categories["all"] = 0;
  for (const auto& [name, count] : categories)
    if (name.starts_with(word))
      found.emplace(name, count == 0 ? "all scripts" : fmt::format("category of {} scripts", count));
  std::vector<Candidate> candidates;
  for (const auto& [name, description] : found) candidates.push_back({std::string(before) + name, description});
  return candidates;
}

std::vector<Candidate> complete_arguments(std::string_view arguments, const ScriptContext& context) {
  const auto [before, word] = divide(arguments, ", {");
  if (word.find('=') != std::string_view::npos) return {};
  const model::DataFiles files = data_files(context);
  std::map<std::string, std::string> found;
  std::set<std::string> libraries;
  const auto add = [&, prefix = word](const script::Documentation& documentation) {
    for (const script::DocumentedArgument& argument : documentation.arguments)
      if (argument.name.starts_with(prefix))
        found.emplace(argument.name, argument.text.substr(0, argument.text.find('\n')));
  };
  for (const script::ChosenScript& chosen : chosen_scripts(context, files)) {
    const auto source = contents(chosen.path);
    if (!source) continue;
    const script::Documentation documentation = script::read_documentation(*source);
    add(documentation);
    for (const script::LocatedText& library : documentation.libraries) libraries.insert(library.text);
  }
  for (const std::string& library : libraries)
    if (const auto source = contents(files.find_file("nselib/" + library + ".lua")))
      add(script::read_documentation(*source));
  std::vector<Candidate> candidates;
  for (const auto& [name, description] : found) candidates.push_back({fmt::format("{}{}=", before, name), description});
  return candidates;
}

}  // namespace sluice::completion
