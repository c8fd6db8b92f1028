// SPDX-License-Identifier: Apache-2.0
#include "manual/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "arguments/command_table.hpp"
#include "arguments/option_rows.hpp"
#include "manual/facts.hpp"

namespace sluice::manual {

namespace {

using arguments::Option;
using arguments::OptionRow;

constexpr std::string_view kBegin = "<!-- table: ", kBeginEnd = " -->\n", kEnd = "<!-- end of table -->\n";

/// Returns a text in a cell of a table.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '|') safe += '\\';
    safe += letter;
  }
  return safe;
}

/// Returns a text with backticks around options: "use -sT" gives "use `-sT`".
std::string with_code(std::string_view text) {
  std::string marked;
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), text.find_first_of(" ,;"));
    if (text.starts_with("--script ")) size = std::min(text.size(), text.find(' ', size + 1));
    const std::string_view word = text.substr(0, size);
    marked += word.size() > 1 && word[0] == '-' ? fmt::format("`{}`", word) : std::string(word);
    const std::size_t gap = std::min(text.size(), text.find_first_not_of(" ,;", size)) - size;
    marked += text.substr(size, gap);
    text.remove_prefix(size + gap);
  }
  return marked;
}

/// Returns the options of a row, other names of an option in parentheses: "`-g PORT` (`--source-port PORT`)".
std::string names_of(const OptionRow& row) {
  std::string names;
  bool open = false;
  for (const Option* option : row) {
    if (option != row.front()) names += option->alias && !open ? " (" : !option->alias && open ? "), " : ", ";
    if (option != row.front()) open = option->alias;
    names += fmt::format(
        "`{}`", option->instead.empty() ? arguments::with_value(*option) : arguments::with_dashes(option->name));
  }
  return names + (open ? ")" : "");
}

std::string table(std::string_view first, std::string_view second, const std::string& rows) {
  return fmt::format("| {} | {} |\n|---|---|\n{}", first, second, rows);
}

std::string options(std::span<const Option> all, CommandLine::Wish wish,
                    const std::function<bool(const Option&)>& is_wanted) {
  std::string rows;
  for (const OptionRow& row : arguments::option_rows(all))
    if (is_wanted(*row.front()))
      rows += fmt::format("| {} | {} |\n", cell(names_of(row)), cell(arguments::meaning_for(*row.front(), wish).text));
  return rows;
}

std::string terms(std::span<const Term> all) {
  std::string rows;
  for (const Term& term : all) rows += fmt::format("| {} | {} |\n", cell(term.name), cell(term.text));
  return rows;
}

std::string options_of_all_sections(CommandLine::Wish wish, const std::function<bool(const Option&)>& is_wanted) {
  std::string rows;
  for (const arguments::OptionSection& section : arguments::option_sections())
    rows += options(section.options, wish, is_wanted);
  return table("option", "meaning", rows);
}

std::string refused() {
  std::string rows;
  for (const OptionRow& row : arguments::option_rows(arguments::refused_options()))
    rows += fmt::format("| {} | {} |\n", names_of(row), with_code(row.front()->instead));
  return table("option", "cause and remedy", rows);
}

std::string commands() {
  std::string rows;
  for (const arguments::Command& command : arguments::command_table())
    rows += fmt::format("| `sluice {} {}` | {} ([{}]({})) |\n", command.name, cell(command.operands), command.help,
                        command.page, command.page);
  return table("command", "meaning", rows);
}

/// Returns what `explain` does with the options of a run.
std::string effects_on_explain() {
  const auto names = [](const std::vector<const Option*>& all) {
    std::string text;
    for (const Option* option : all)
      text += fmt::format("{}`{}`", text.empty() ? "" : ", ", arguments::with_dashes(option->name));
    return text;
  };
  std::vector<const Option*> used;
  for (const arguments::OptionSection& section : arguments::option_sections())
    for (const OptionRow& row : arguments::option_rows(section.options))
      for (const Option* option : row)
        if ((option->users & arguments::users_of(CommandLine::Wish::Explain)) != 0 && !option->alias)
          used.push_back(option);
  return table(
      "on explain", "options",
      fmt::format("| have an effect | {} |\n| have no effect, and a warning names them | {} |\n"
                  "| are refused | {} |\n",
                  names(used), names(arguments::ignored_by_explain()), names(arguments::refused_by_explain())));
}

/// Returns the table with this name; "" if there is none.
std::string table_of(std::string_view name) {
  if (name == "own options")
    return options_of_all_sections(CommandLine::Wish::Run, [](const Option& option) {
      return option.own && (option.users & arguments::users_of(CommandLine::Wish::Run)) != 0;
    });
  if (name == "refused options") return refused();
  if (name == "commands") return commands();
  if (name == "effects on explain") return effects_on_explain();
  if (name == "signals") return table("signal", "behaviour", terms(signals()));
  if (name == "keys") return table("key", "action", terms(keys()));
  if (name == "exit codes") return table("code", "meaning", terms(exit_codes()));
  if (name == "environment") return table("variable", "meaning", terms(environment_variables()));
  if (name.starts_with("options of ")) {
    const arguments::Command* command = arguments::find_command(name.substr(std::string_view("options of ").size()));
    if (!command) return "";
    return options_of_all_sections(command->wish, [&](const Option& option) {
      return (option.users & arguments::users_of(command->wish)) != 0 &&
             (option.users & arguments::users_of(CommandLine::Wish::Run)) == 0;
    });
  }
  for (const arguments::OptionSection& section : arguments::option_sections())
    if (section.title == name)
      return table("option", "meaning",
                   options(section.options, CommandLine::Wish::Run, [](const Option& option) { return !option.own; }));
  return "";
}

}  // namespace

Result<std::string> with_tables(std::string_view page) {
  std::string made;
  for (;;) {
    const std::size_t begin = page.find(kBegin);
    if (begin == std::string_view::npos) return made.append(page);
    const std::size_t name_at = begin + kBegin.size();
    const std::size_t name_end = page.find(kBeginEnd, name_at);
    const std::size_t end = page.find(kEnd, name_at);
    const auto name = page.substr(name_at, std::min(name_end, page.size()) - name_at);
    if (name_end > end || end == std::string_view::npos)
      return Error{
          fmt::format("table {}: has no end; add the line {}", name.substr(0, 40), kEnd.substr(0, kEnd.size() - 1))};
    const std::string table = table_of(name);
    if (table.empty()) return Error{fmt::format("table {}: there is no such table", name)};
    made.append(page.substr(0, name_end + kBeginEnd.size())) += table;
    made += kEnd;
    page.remove_prefix(end + kEnd.size());
  }
}

}  // namespace sluice::manual
