// SPDX-License-Identifier: Apache-2.0
#include "cli/script_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t kStep = 2;           ///< of indentation
constexpr std::size_t kLeastSummary = 36;  ///< columns of a summary beside its name; with less it is below the name

/// Returns the number of columns of a text in UTF-8, one for each character.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string joined(const std::vector<std::string>& texts) {
  std::string line;
  for (const std::string& text : texts) line += (line.empty() ? "" : ", ") + text;
  return line;
}

/// Returns the first sentence and the categories.
std::string summary_of(const ScriptPage& script) {
  std::string text = script.summary;
  if (!script.categories.empty()) text += (text.empty() ? "[" : " [") + joined(script.categories) + ']';
  return text;
}

/// Adds "Name: texts" if there are texts.
void add_field(std::string& page, const char* name, const std::vector<std::string>& texts, Width width) {
  if (texts.empty()) return;
  std::string line = wrapped(std::string(name) + ": " + joined(texts), kStep, width);
  for (std::size_t at = line.find('\n'); at + 1 < line.size(); at = line.find('\n', at + 1))
    line.insert(at + 1, "    ");
  page += line;
}

void add_examples(std::string& page, const char* title, const std::vector<std::string>& examples) {
  if (examples.empty()) return;
  page += std::string("\n") + title + ":\n";
  for (const std::string& example : examples) {
    if (&example != &examples.front()) page += '\n';
    page += wrapped(example, kStep, 0);
  }
}

void add_arguments(std::string& page, const ScriptPage& script, Width width) {
  const std::string* library = nullptr;
  for (const ScriptArgument& argument : script.arguments) {
    if (!library || *library != argument.library)
      page += argument.library.empty() ? "\nArguments:\n" : "\nArguments of the library " + argument.library + ":\n";
    library = &argument.library;
    page += wrapped(argument.name, kStep, 0);
    if (!argument.text.empty()) page += wrapped(argument.text, 3 * kStep, width);
  }
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t indentation, Width width) {
  std::string result;
  const std::string blanks(indentation, ' ');
  while (!text.empty()) {
    std::string_view rest = take_until(text, '\n');
    if (width == 0) {
      result += rest.empty() ? "\n" : blanks + std::string(rest) + '\n';
      continue;
    }
    std::string line;
    for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
      if (!line.empty() && indentation + columns_of(line) + 1 + columns_of(word) > width) {
        result += blanks + line + '\n';
        line.clear();
      }
      line += line.empty() ? "" : " ";
      line += word;
    }
    result += line.empty() ? "\n" : blanks + line + '\n';
  }
  return result;
}

std::string list_text(const std::vector<ScriptPage>& scripts, Width width) {
  std::size_t longest = 0;
  for (const ScriptPage& script : scripts) longest = std::max(longest, columns_of(script.id));
  const std::size_t beside = longest + kStep;
  const bool below = width > 0 && beside + kLeastSummary > width;
  std::string list;
  for (const ScriptPage& script : scripts) {
    list += script.id;
    std::string summary = wrapped(summary_of(script), below ? 2 * kStep : beside, width);
    if (below || summary.empty())
      list += '\n';
    else
      summary.erase(0, columns_of(script.id));
    list += summary;
  }
  return list;
}

std::string page_text(const ScriptPage& script, Width width) {
  std::string page = script.id + '\n';
  add_field(page, "File", {script.path}, width);
  add_field(page, "Categories", script.categories, width);
  add_field(page, "Rules", script.rules, width);
  add_field(page, "Runs after", script.dependencies, width);
  add_field(page, "Libraries", script.libraries, width);
  add_field(page, "Author", script.authors, width);
  if (!script.license.empty()) add_field(page, "License", {script.license}, width);
  add_field(page, "See also", script.see, width);
  if (!script.text.empty()) page += '\n' + wrapped(script.text, 0, width);
  add_examples(page, "Usage", script.usage);
  add_examples(page, "Output", script.output);
  add_examples(page, "XML output", script.xml_output);
  add_arguments(page, script, width);
  return page;
}

std::string json_text(const std::vector<ScriptPage>& scripts) {
  using Json = nlohmann::ordered_json;
  Json array = Json::array();
  for (const ScriptPage& script : scripts) {
    Json arguments = Json::array();
    for (const ScriptArgument& argument : script.arguments)
      arguments.push_back({{"name", argument.name},
                           {"text", argument.text},
                           {"library", argument.library.empty() ? Json() : Json(argument.library)}});
    array.push_back({{"id", script.id},
                     {"file", script.path},
                     {"categories", script.categories},
                     {"rules", script.rules},
                     {"dependencies", script.dependencies},
                     {"libraries", script.libraries},
                     {"authors", script.authors},
                     {"license", script.license},
                     {"summary", script.summary},
                     {"description", script.description},
                     {"usage", script.usage},
                     {"output", script.output},
                     {"xml_output", script.xml_output},
                     {"see", script.see},
                     {"arguments", std::move(arguments)}});
  }
  return array.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace sluice::cli
