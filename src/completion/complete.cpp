// SPDX-License-Identifier: Apache-2.0
#include <net/if.h>

#include <algorithm>
#include <sluice/completion.hpp>
#include <string_view>

#include "arguments/command_table.hpp"
#include "arguments/option_rows.hpp"
#include "arguments/option_table.hpp"
#include "arguments/option_walk.hpp"
#include "completion/script_words.hpp"

namespace sluice {

namespace {

using arguments::Command;
using arguments::Option;
using arguments::Takes;
using arguments::ValueKind;
using Paths = Completion::Paths;

/// Stands for the word that is completed, where another option may take it as its value.
constexpr std::string_view kCursor{"\0cursor", 7};

/// What the words in front of the last one say.
struct Before {
  const Command* command = nullptr;  ///< null for a run
  const Option* waiting = nullptr;   ///< the option whose value is the last word
  std::size_t operands = 0;
  bool options_ended = false;  ///< by "--"
  bool default_scripts = false;
  bool no_config = false;
  std::optional<std::string> config;
  completion::ScriptContext scripts;
};

std::span<const Option> table_of(const Command* command) {
  return command ? arguments::option_table_of_commands() : arguments::option_table();
}
std::span<const arguments::Spelling> spellings_of(const Command* command) {
  return command ? arguments::spellings_of_commands() : arguments::spellings();
}

/// True if these words contain "--", and it is not the value of an option.
bool ends_options(std::span<const std::string> words, const Command* command) {
  std::vector<std::string> line(words.begin(), words.end());
  line.emplace_back("-h");
  const auto operands =
      arguments::walk_options(line, spellings_of(command), [](const arguments::Found&) -> Result<void> { return {}; });
  return operands && !operands->empty() && operands->back() == "-h";
}

Before read_before(std::span<const std::string> words, bool read_environment) {
  Before before;
  before.scripts.read_environment = read_environment;
  if (!words.empty()) before.command = arguments::find_command(words[0]);
  if (before.command) words = words.subspan(1);
  const auto table = table_of(before.command);
  const auto note = [&](const arguments::Found& found) -> Result<void> {
    const Option& option = table[found.index];
    if (found.value == kCursor)
      before.waiting = &option;
    else if (option.name == "script")
      before.scripts.rules.push_back(found.value);
    else if (option.name == "datadir")
      before.scripts.datadir = found.value;
    else if (option.name == "config")
      before.config = found.value;
    if (option.name == "no-config") before.no_config = true;
    if (option.name == "A" || (option.name == "s" && found.value.find('C') != std::string::npos))
      before.default_scripts = true;
    return {};
  };
  // A word that is no option ends the walk; the next walk begins behind it.
  for (;;) {
    std::vector<std::string> line(words.begin(), words.end());
    line.emplace_back(kCursor);
    std::size_t last = 0;
    const auto walked = arguments::walk_options(line, spellings_of(before.command), [&](const arguments::Found& found) {
      last = found.argument + 1;
      return note(found);
    });
    if (walked) {
      before.operands = walked->size() - (before.waiting ? 0 : 1);
      before.options_ended = !before.waiting && ends_options(words, before.command);
      break;
    }
    while (last < words.size() && !words[last].starts_with('-')) ++last;
    words = words.subspan(std::min(last + 1, words.size()));
  }
  if (before.default_scripts && before.scripts.rules.empty()) before.scripts.rules.emplace_back("default");
  return before;
}

void add(Completion& completion, std::string_view word, std::string text, std::string_view description) {
  if (text.starts_with(word)) completion.candidates.push_back({std::move(text), std::string(description)});
}

void add_interfaces(Completion& completion, std::string_view prefix, std::string_view word) {
  struct if_nameindex* const all = ::if_nameindex();
  for (const auto* entry = all; entry && entry->if_index != 0; ++entry)
    add(completion, word, std::string(prefix) + entry->if_name, "network interface");
  if (all) ::if_freenameindex(all);
}

void add_runs(Completion& completion, std::string_view prefix, std::string_view word,
              const CompletionSources& sources) {
  if (!sources.runs) return;
  for (const Candidate& run : sources.runs()) add(completion, word, std::string(prefix) + run.text, run.description);
}

/// With --no-config there are no profiles.
void add_profiles(Completion& completion, std::string_view prefix, std::string_view word, const Before& before,
                  const CompletionSources& sources) {
  if (!sources.profiles || before.no_config) return;
  for (const Candidate& profile : sources.profiles(before.config))
    add(completion, word, std::string(prefix) + profile.text, profile.description);
}

/// Completes a value of an option, or an operand. `prefix`: the part of the word in front of the value.
Completion complete_value(const arguments::Value& known, std::string_view prefix, std::string_view value,
                          const Before& before, const CompletionSources& sources) {
  Completion completion;
  const std::string word = std::string(prefix) + std::string(value);
  completion.prefix = prefix;
  switch (known.kind) {
    case ValueKind::Text:
      break;
    case ValueKind::Words:
      for (const arguments::Word& one : known.words)
        add(completion, word, std::string(prefix) + std::string(one.text), one.help);
      break;
    case ValueKind::Interface:
      add_interfaces(completion, prefix, word);
      break;
    case ValueKind::Profile:
      add_profiles(completion, prefix, word, before, sources);
      break;
    case ValueKind::Journal:
      add_runs(completion, prefix, word, sources);
      [[fallthrough]];
    case ValueKind::File:
      completion.paths = Paths::Files;
      break;
    case ValueKind::Directory:
      completion.paths = Paths::Directories;
      break;
    case ValueKind::ScriptRules:
    case ValueKind::ScriptArguments: {
      const bool rules = known.kind == ValueKind::ScriptRules;
      const auto found = rules ? completion::complete_rules(value, before.scripts)
                               : completion::complete_arguments(value, before.scripts);
      for (const Candidate& candidate : found)
        add(completion, word, std::string(prefix) + candidate.text, candidate.description);
      completion.continues = true;
      // A rule may be the path of a script.
      if (rules && completion.candidates.empty() && value.find(',') == std::string_view::npos)
        completion.paths = Paths::Files;
      break;
    }
  }
  return completion;
}

/// Completes the name of an option.
Completion complete_name(std::string_view word, const Command* command, bool one_dash) {
  Completion completion;
  const auto wish = command ? command->wish : CommandLine::Wish::Run;
  std::string_view help;
  const auto add_all = [&](std::span<const Option> options) {
    for (const Option& option : options) {
      if (!option.alias) help = arguments::meaning_for(option, wish).help;
      if (!arguments::is_used_by(option, wish) || help.empty()) continue;
      const bool is_long = option.name.size() > 2;
      if (one_dash && !is_long) continue;
      add(completion, word, one_dash ? '-' + std::string(option.name) : arguments::with_dashes(option.name), help);
    }
  };
  for (const arguments::OptionSection& section : arguments::option_sections()) add_all(section.options);
  return completion;
}

/// Completes a word that begins with a dash: the name of an option, or a value that is attached to it.
Completion complete_option(const std::string& word, const Before& before, const CompletionSources& sources) {
  const auto table = table_of(before.command);
  const Option* option = nullptr;
  std::string value;
  const std::vector<std::string> line{word};
  (void)arguments::walk_options(line, spellings_of(before.command), [&](const arguments::Found& found) -> Result<void> {
    option = &table[found.index];
    value = found.value;
    return {};
  });
  const bool has_equals = word.find('=') != std::string::npos;
  const bool member = option && (option->name == "s" || option->name == "P");
  if (option && !member && (has_equals || !value.empty())) {
    if (option->value.takes == Takes::Nothing || !option->apply) return {};
    return complete_value(option->value, std::string_view(word).substr(0, word.size() - value.size()), value, before,
                          sources);
  }
  Completion completion = complete_name(word, before.command, false);
  if (completion.candidates.empty() && word.size() > 2 && word[1] != '-')
    completion = complete_name(word, before.command, true);
  if (word.size() == 2) {
    const auto letter = arguments::find_short_option(spellings_of(before.command), word[1]);
    if (letter && !table[*letter].value.words.empty()) {
      const auto values = complete_value(table[*letter].value, word, "", before, sources);
      completion.candidates.insert(completion.candidates.end(), values.candidates.begin(), values.candidates.end());
    }
  }
  return completion;
}

/// Completes an operand. A run has no candidates: its operands are hosts.
Completion complete_operand(const std::string& word, const Before& before, bool first,
                            const CompletionSources& sources) {
  Completion completion;
  if (!before.command) {
    if (first)
      for (const Command& command : arguments::command_table())
        add(completion, word, std::string(command.name), command.help);
    return completion;
  }
  if (before.operands >= before.command->max_operands) return completion;
  return complete_value(before.command->operand, "", word, before, sources);
}

}  // namespace

Completion complete(std::span<const std::string> words, const CompletionSources& sources) {
  if (words.empty()) return {};
  const std::string& word = words.back();
  const Before before = read_before(words.first(words.size() - 1), sources.read_environment);
  Completion completion;
  if (before.waiting)
    completion = complete_value(before.waiting->value, "", word, before, sources);
  else if (word.starts_with('-') && !before.options_ended)
    completion = complete_option(word, before, sources);
  else
    completion = complete_operand(word, before, words.size() == 1, sources);
  auto& candidates = completion.candidates;
  std::ranges::stable_sort(candidates, {}, &Candidate::text);
  const auto are_equal = [](const Candidate& one, const Candidate& other) { return one.text == other.text; };
  candidates.erase(std::unique(candidates.begin(), candidates.end(), are_equal), candidates.end());
  return completion;
}

}  // namespace sluice
