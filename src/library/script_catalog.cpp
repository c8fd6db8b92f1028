// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <sluice/quote.hpp>
#include <sluice/script_catalog.hpp>
#include <utility>

#include "base/text_file.hpp"
#include "engine/script_database.hpp"
#include "engine/script_files.hpp"
#include "library/script_places.hpp"
#include "model/data_files.hpp"
#include "script/documentation.hpp"
#include "script/selection.hpp"

namespace sluice {

namespace {

using script::Documentation;

std::vector<std::string> texts_of(std::vector<script::LocatedText> located) {
  std::vector<std::string> texts;
  texts.reserve(located.size());
  for (script::LocatedText& each : located) texts.push_back(std::move(each.text));
  return texts;
}

/// The documentation of libraries, each of which is read once.
class Libraries {
 public:
  explicit Libraries(const model::DataFiles& files) : files_(files) {}

  /// Appends the arguments of these libraries, and of those that they require. A name is appended once.
  void add_arguments(std::vector<std::string> names, std::vector<ScriptArgument>& arguments) {
    for (std::size_t at = 0; at < names.size(); ++at) {
      const std::string name = names[at];
      const Documentation& library = find(name);
      for (const auto& argument : library.arguments)
        if (std::ranges::find(arguments, argument.name, &ScriptArgument::name) == arguments.end())
          arguments.push_back({argument.name, argument.text, name});
      for (const auto& further : library.libraries)
        if (std::ranges::find(names, further.text) == names.end()) names.push_back(further.text);
    }
  }

 private:
  const Documentation& find(const std::string& name) {
    const auto [place, fresh] = known_.try_emplace(name);
    if (!fresh) return place->second;
    const auto path = library_path(files_, name);
    if (!path) return place->second;
    if (const auto text = read_text_file(*path)) place->second = script::read_documentation(*text);
    return place->second;
  }

  const model::DataFiles& files_;
  std::map<std::string, Documentation> known_;
};

ScriptPage page_of(script::ChosenScript chosen, Documentation found, Libraries& libraries) {
  ScriptPage page;
  page.id = std::move(chosen.id);
  page.path = std::move(chosen.path);
  page.categories = texts_of(std::move(found.categories));
  page.dependencies = texts_of(std::move(found.dependencies));
  page.rules = std::move(found.rules);
  if (found.description) page.description = std::move(found.description->text);
  page.text = script::flowed_text(page.description);
  page.summary = script::first_sentence(page.description);
  page.authors = texts_of(std::move(found.authors));
  if (found.license) page.license = std::move(found.license->text);
  page.libraries = texts_of(std::move(found.libraries));
  for (auto& argument : found.arguments)
    page.arguments.push_back({std::move(argument.name), std::move(argument.text), {}});
  libraries.add_arguments(page.libraries, page.arguments);
  page.usage = texts_of(std::move(found.usage));
  page.output = texts_of(std::move(found.output));
  page.xml_output = texts_of(std::move(found.xml_output));
  page.see = texts_of(std::move(found.see));
  return page;
}

/// Returns the entry of a script that script.db does not list. Errors: the file cannot be read.
Result<script::Entry> read_entry(const std::string& directory, const std::string& name) {
  const auto text = read_text_file(directory + '/' + name);
  if (!text) return text.error();
  return script::Entry{name, texts_of(script::read_documentation(*text).categories)};
}

Result<std::vector<script::Entry>> entries(const model::DataFiles& files) {
  if (auto stored = engine::stored_script_database(files)) return std::move(*stored);
  std::vector<script::Entry> found;
  const auto directory = files.find("scripts");
  if (!directory) return found;
  for (const std::string& name : engine::script_files_in(*directory, files)) {
    auto entry = read_entry(*directory, name);
    if (!entry) return entry.error();
    found.push_back(*std::move(entry));
  }
  return found;
}

}  // namespace

Result<std::vector<ScriptName>> script_names(const ScriptPlaces& places) {
  const auto files = data_files(places);
  if (!files) return files.error();
  auto found = entries(*files);
  if (!found) return found.error();
  std::vector<ScriptName> names;
  names.reserve(found->size());
  for (script::Entry& entry : *found)
    names.push_back({std::string(script::script_id(entry.filename)), std::move(entry.categories)});
  return names;
}

Result<ScriptPages> describe_scripts(const std::vector<std::string>& rules, const ScriptPlaces& places) {
  const auto files = data_files(places);
  if (!files) return files.error();
  const auto database = entries(*files);
  if (!database) return database.error();
  for (const std::string& rule : rules)
    if (script::parse_rules({rule}).empty())
      return Error{in_quotes(rule) + " names no script; give a name, a category, a file or a directory"};
  const auto parsed = script::parse_rules(rules.empty() ? std::vector<std::string>{"all"} : rules);
  auto selection = script::select(parsed, *database, engine::InstalledScripts(*files));
  if (!selection) return selection.error();
  ScriptPages pages;
  pages.warnings = std::move(selection->warnings);
  Libraries libraries(*files);
  for (script::ChosenScript& chosen : selection->scripts) {
    const auto text = read_text_file(chosen.path);
    if (!text) return text.error();
    pages.scripts.push_back(page_of(std::move(chosen), script::read_documentation(*text), libraries));
  }
  return pages;
}

}  // namespace sluice
