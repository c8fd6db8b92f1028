// SPDX-License-Identifier: Apache-2.0
#include "completion/script_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
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

/// Returns the part of a source that ends with the comment of its last @args; "" if it has none. Libraries describe
/// their arguments at the top, and most of their text follows.
std::string_view part_with_arguments(std::string_view source) {
  const std::size_t last = source.rfind("@arg");
  if (last == std::string_view::npos) return {};
  const std::size_t block = source.rfind("--[[", last);
  if (block != std::string_view::npos && source.find("]]", block) > last) {
    const std::size_t end = source.find("]]", last);
    return source.substr(0, end == std::string_view::npos ? end : end + 2);
  }
  std::size_t end = source.find('\n', last);
  while (end != std::string_view::npos) {
    const std::size_t line = source.find_first_not_of(" \t", end + 1);
    if (line == std::string_view::npos || source.substr(line, 2) != "--") break;
    end = source.find('\n', line);
  }
  return source.substr(0, end);
}

/// Appends the names of the libraries that a source requires, each once: `require "http"`, `require("http")`. A comment
/// may name more.
void add_libraries(std::vector<std::string>& libraries, std::string_view source) {
  constexpr std::string_view kRequire = "require";
  for (std::size_t at = source.find(kRequire); at != std::string_view::npos; at = source.find(kRequire, at)) {
    at += kRequire.size();
    const std::size_t quote = source.find_first_not_of(" (", at);
    if (quote == std::string_view::npos || (source[quote] != '"' && source[quote] != '\'')) continue;
    const std::size_t end = source.find(source[quote], quote + 1);
    if (end == std::string_view::npos) return;
    const std::string_view name = source.substr(quote + 1, end - quote - 1);
    if (std::ranges::find(libraries, name) == libraries.end()) libraries.emplace_back(name);
  }
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
  candidates.reserve(found.size());
  for (const auto& [name, description] : found) candidates.push_back({std::string(before) + name, description});
  return candidates;
}

std::vector<Candidate> complete_arguments(std::string_view arguments, const ScriptContext& context) {
  const auto [before, word] = divide(arguments, ", {");
  if (word.find('=') != std::string_view::npos) return {};
  const model::DataFiles files = data_files(context);
  std::map<std::string, std::string> found;
  std::vector<std::string> libraries;
  const auto add = [&, prefix = word](std::string_view source) {
    const std::string_view part = part_with_arguments(source);
    if (part.find(prefix) == std::string_view::npos) return;
    for (const script::DocumentedArgument& argument : script::read_documentation(part).arguments)
      if (argument.name.starts_with(prefix))
        found.emplace(argument.name, argument.text.substr(0, argument.text.find('\n')));
  };
  for (const script::ChosenScript& chosen : chosen_scripts(context, files)) {
    const auto source = contents(chosen.path);
    if (!source) continue;
    add(*source);
    add_libraries(libraries, *source);
  }
  for (std::size_t at = 0; at < libraries.size(); ++at) {  // grows by what these require
    std::string path = libraries[at];
    std::ranges::replace(path, '.', '/');
    const auto source = contents(files.find_file("nselib/" + path + ".lua"));
    if (!source) continue;
    add(*source);
    add_libraries(libraries, *source);
  }
  std::vector<Candidate> candidates;
  candidates.reserve(found.size());
  for (const auto& [name, description] : found) candidates.push_back({fmt::format("{}{}=", before, name), description});
  return candidates;
}

}  // namespace sluice::completion
